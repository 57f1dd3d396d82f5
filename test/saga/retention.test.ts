import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { removeOld } from '../../platform/saga/retention.ts';
import { testDatabase } from '../support/database.ts';
import { asking, type TestEngine, testEngine } from './support/engine.ts';
import { createSystems } from './support/ledger.ts';

let under: TestEngine;
before(async () => {
  under = await testEngine((await testDatabase()).url);
  await createSystems(under.db);
});

const count = async (table: string) => {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(under.db);
  return rows[0]?.n;
};

test('what ended long ago goes with its steps and its key; what waits, and what ended later, stays; so does the audit', async () => {
  const { engine, db } = under;
  for (const key of ['old', 'young', 'kept']) {
    await engine.start(asking(key));
    await engine.wait(`prc_${key}`, 20_000);
  }
  await engine.start({ ...asking('waits'), held: true });
  await sql`update process.run set started_at = now() - interval '50 days' where id <> 'prc_young'`.execute(db);
  await sql`update process.run set ended_at = now() - interval '40 days' where id in ('prc_old', 'prc_kept')`.execute(
    db,
  );
  const audit = await count('process.audit');
  assert.equal(await removeOld(db, { days: 30, unless: sql<boolean>`run.id = 'prc_kept'` }), 1);
  const left = await db.selectFrom('process.run').select('id').orderBy('id').execute();
  assert.deepEqual(
    left.map(({ id }) => id),
    ['prc_kept', 'prc_waits', 'prc_young'],
  );
  assert.equal(await count('process.step'), 6);
  assert.equal(await count('process.audit'), audit);
  assert.equal(await engine.recall(asking('old')), null, 'its key is free again');
  assert.equal(await removeOld(db, { days: 30, unless: sql<boolean>`run.id = 'prc_kept'` }), 0);
});

test('more than a batch of them go in small transactions, none of them twice', async () => {
  const { db } = under;
  await sql`insert into process.run (id, kind, state, principal_id, idempotency_key, input_hash, input, correlation_id,
      attributes, weight, started_at, ended_at)
    select 'prc_many-' || nr, 'three-steps', 'COMPLETED', 'tester', 'many-' || nr, '', '{}', '', '{}', 0, now() - interval '2 years',
      now() - interval '2 years' from generate_series(1, 450) as nr`.execute(db);
  const both = await Promise.all([removeOld(db, { days: 365 }), removeOld(db, { days: 365 })]);
  assert.equal(both[0] + both[1], 450);
});
