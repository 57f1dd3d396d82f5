import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseIsAway } from '../../platform/db/away.ts';
import { HubError } from '../../platform/errors.ts';
import { DEFAULT_RETRY, failureOf, waitBeforeNext } from '../../platform/failure.ts';
import { money } from '../../platform/money.ts';
import { canonical, fromJournal, toJournal } from '../../platform/saga/journaled.ts';

test('values come back from the journal as they went in, money in whole minor units', () => {
  const values = [
    null,
    'text',
    0,
    [],
    { total: money(104950n, 'EUR'), lines: [{ price: money(-1n, 'JPY'), sku: 'A' }], none: null },
    { amount: '10.00', currency: 'EUR', note: 'three keys: not money' },
    money(9007199254740993n, 'BHD'),
  ];
  for (const value of values) assert.deepEqual(fromJournal(JSON.parse(toJournal(value))), value);
  assert.equal(toJournal(undefined), 'null');
  assert.equal(toJournal({ total: money(5n, 'EUR') }), '{"total":{"amount":"0.05","currency":"EUR"}}');
});

test('a bare bigint is refused before it is lost', () => {
  assert.throws(() => toJournal({ count: 1n }), /bigint/);
});

test('the canonical form does not depend on the order of keys, and tells different values apart', () => {
  assert.equal(canonical({ a: 1, b: [{ d: 1, c: undefined }] }), canonical({ b: [{ d: 1 }], a: 1 }));
  const different = [{ a: 1 }, { a: '1' }, { a: null }, { a: [1] }, {}, { a: [1, 2] }, { a: [2, 1] }];
  assert.equal(new Set(different.map(canonical)).size, different.length);
});

test('what may pass is tried again with growing waits; what a system asks for is honoured, within limits', () => {
  const waits = [1, 2, 3, 4, 5].map((attempt) =>
    waitBeforeNext(failureOf(new HubError('UNAVAILABLE', 'down')), attempt, DEFAULT_RETRY),
  );
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, null]);
  const throttled = (retryAfterMs: number) => failureOf(new HubError('THROTTLED', 'later', { retryAfterMs }));
  assert.equal(waitBeforeNext(throttled(30_000), 1, DEFAULT_RETRY), 30_000);
  assert.equal(waitBeforeNext(throttled(600_000), 1, DEFAULT_RETRY), null, 'too long to keep a run in memory');
  assert.equal(waitBeforeNext(failureOf(new HubError('REFUSED', 'no')), 1, DEFAULT_RETRY), null);
  assert.equal(waitBeforeNext(failureOf(new TypeError('bug')), 1, DEFAULT_RETRY), null);
});

test('an error is judged by its fields alone, also when it has lost its class', () => {
  const { name, message, code } = new HubError('REFUSED', 'no');
  assert.equal(failureOf({ name, message, code }).business, true);
  assert.equal(failureOf(new DOMException('late', 'TimeoutError')).code, 'IN_DOUBT');
  const defect = failureOf(new TypeError('password is undefined'));
  assert.equal(defect.causeClass, 'INTERNAL');
  assert.doesNotMatch(defect.message, /password/);
});

test('a database that is away is told from one that refuses', () => {
  for (const code of ['ECONNREFUSED', '57P01', '57P03', '08006', '53300']) assert.ok(databaseIsAway({ code }), code);
  for (const code of ['23505', '42P01', '22P05', '40001']) assert.ok(!databaseIsAway({ code }), code);
  assert.ok(databaseIsAway(new Error('Connection terminated unexpectedly')));
  assert.ok(!databaseIsAway(new Error('the audit of processes is append-only')));
});
