import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { callsOf, createSystems, effectsOf } from './support/ledger.ts';

let under: TestEngine;
before(async () => {
  const { url } = await testDatabase();
  under = await testEngine(url);
  await createSystems(under.db);
});

test('fifty submissions at once under one key are one run with each effect once', async () => {
  const { engine, db } = under;
  const accepted = await Promise.all(
    Array.from({ length: 50 }, (_, index) => engine.start({ ...asking('fifty'), id: `prc_fifty-${index}` })),
  );
  assert.equal(new Set(accepted.map(({ id }) => id)).size, 1);
  assert.equal(accepted.filter(({ kind }) => kind === 'STARTED').length, 1);
  assert.equal(accepted.filter(({ kind }) => kind === 'REPLAYED').length, 49);
  const id = accepted[0]?.id ?? '';
  await engine.wait(id, 20_000);
  assert.equal(await stateOf(db, id), 'COMPLETED');
  assert.deepEqual(await effectsOf(db, id), { first: 'STANDS', second: 'STANDS', third: 'STANDS' });
  assert.deepEqual(await callsOf(db), ['first', 'second', 'third']);
  const replay = await engine.start({ ...asking('fifty'), id: 'prc_later' });
  assert.deepEqual(replay, { kind: 'REPLAYED', id }, 'after its end the run is still the answer');
});

test('the same key with other input is refused and starts nothing', async () => {
  const { engine, db } = under;
  await engine.start(asking('reused', 1));
  for (const other of [asking('reused', 2), { ...asking('reused', 1), kind: 'another-act' }]) {
    await assert.rejects(engine.start({ ...other, id: 'prc_other' }), {
      code: 'CONFLICT',
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
    await assert.rejects(engine.recall(other), { code: 'CONFLICT' });
  }
  const { count } = await db
    .selectFrom('process.run')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('idempotency_key', '=', 'reused')
    .executeTakeFirstOrThrow();
  assert.equal(count, '1');
});

test('keys are apart by principal', async () => {
  const { engine } = under;
  const mine = await engine.start(asking('shared'));
  const theirs = await engine.start({ ...asking('shared', 9), id: 'prc_theirs', principalId: 'somebody else' });
  assert.equal(theirs.kind, 'STARTED');
  assert.notEqual(theirs.id, mine.id);
});

test('the same input is the same whatever the order of its parts', async () => {
  const { engine } = under;
  const first = { ...asking('ordered'), said: { a: 1, b: [{ x: 1, y: null }] } };
  await engine.start(first);
  const again = await engine.start({ ...first, id: 'prc_again', said: { b: [{ y: null, x: 1 }], a: 1, c: undefined } });
  assert.equal(again.kind, 'REPLAYED');
});

test('only one unfinished run holds a lock; afterwards it is free', async () => {
  const { engine } = under;
  const starts = await Promise.all(
    Array.from({ length: 8 }, (_, index) => engine.start({ ...asking(`lock-${index}`), lock: 'subscription:1' })),
  );
  const started = starts.filter(({ kind }) => kind === 'STARTED');
  assert.ok(started.length >= 1);
  for (const { kind, id } of starts) if (kind === 'LOCKED') assert.ok(started.some((run) => run.id === id));
  for (const { id } of started) await engine.wait(id, 20_000);
  assert.equal(await engine.holderOf('subscription:1'), null);
  const next = await engine.start({ ...asking('lock-next'), lock: 'subscription:1' });
  assert.equal(next.kind, 'STARTED');
});
