import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HubError } from '../../../../platform/errors.ts';
import { resultOf } from '../../../../subgraphs/erp/connectors/tryton/failures.ts';
import { body } from './recorded.ts';

const failure = (text: string, about: { write: boolean; status?: number }): HubError => {
  try {
    resultOf({ status: about.status ?? 200, headers: {}, text }, about);
  } catch (error) {
    assert.ok(error instanceof HubError);
    assert.equal(error.system, 'ERP');
    return error;
  }
  throw new assert.AssertionError({ message: 'it was no failure' });
};
const write = { write: true };
const read = { write: false };

describe('what a failed call to Tryton means', () => {
  test('a warning about credit is a refusal, in words that do not name the customer', () => {
    const error = failure(body('credit-warning'), write);
    assert.deepEqual([error.code, error.reason, error.retryable], ['REFUSED', 'credit_limit_amount', false]);
    assert.doesNotMatch(error.message, /Grigorescu/);
  });

  test('an error about what was written is a refusal; the same about a question is a broken contract', () => {
    assert.deepEqual(
      [failure(body('user-error'), write).code, failure(body('user-error'), read).code],
      ['REFUSED', 'CONTRACT_BROKEN'],
    );
    assert.match(failure(body('user-error'), write).message, /must be unique/);
  });

  test('access that is denied is the hub’s own trouble, also though it comes as any other error', () => {
    assert.equal(failure(body('access-denied'), read).code, 'CREDENTIAL');
    assert.equal(failure(body('access-denied'), write).code, 'CREDENTIAL');
  });

  test('a record that somebody changed meanwhile is a conflict', () => {
    assert.equal(failure(body('concurrency'), write).code, 'CONFLICT');
  });

  test('a fault is never told with its traceback, and passes only where the database was busy', () => {
    const unknown = failure(body('unknown-field'), read);
    assert.equal(unknown.code, 'CONTRACT_BROKEN');
    assert.doesNotMatch(unknown.message, /nope/);
    const traceback =
      'Traceback (most recent call last):\n  File "/usr/lib/python3/dist-packages/x.py", password=hunter2';
    const locked = failure(JSON.stringify({ id: 1, error: ['database is locked', traceback] }), write);
    assert.deepEqual([locked.code, locked.retryable], ['UNAVAILABLE', true]);
    for (const error of [unknown, locked])
      assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /Traceback|hunter2/);
  });

  const statuses: readonly [number, string, string][] = [
    [401, 'CREDENTIAL', 'CREDENTIAL'],
    [403, 'CONTRACT_BROKEN', 'CONTRACT_BROKEN'],
    [404, 'CONTRACT_BROKEN', 'CONTRACT_BROKEN'],
    [429, 'THROTTLED', 'THROTTLED'],
    [500, 'UNAVAILABLE', 'IN_DOUBT'],
    [502, 'UNAVAILABLE', 'IN_DOUBT'],
    [503, 'UNAVAILABLE', 'UNAVAILABLE'],
  ];
  for (const [status, forRead, forWrite] of statuses) {
    test(`status ${status} is ${forRead} for a question and ${forWrite} for an act`, () => {
      assert.equal(failure('<html>', { ...read, status }).code, forRead);
      assert.equal(failure('<html>', { ...write, status }).code, forWrite);
    });
  }

  test('a 200 that is no answer breaks the contract, and leaves an act in doubt', () => {
    for (const text of ['', '<html>', '{"result":']) {
      assert.equal(failure(text, read).code, 'CONTRACT_BROKEN');
      assert.equal(failure(text, write).code, 'IN_DOUBT');
    }
    for (const text of ['[]', '"x"', '{"error":"x"}']) assert.equal(failure(text, read).code, 'CONTRACT_BROKEN');
  });
});
