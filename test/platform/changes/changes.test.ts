import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createChanges } from '../../../platform/changes/changes.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { silentLog } from '../../../platform/log.ts';
import { journalTail } from '../../../platform/saga/changes.ts';
import { SAGA_SCHEMA, sagaMigrations } from '../../../platform/saga/tables.ts';
import { closeBeforeDatabase, testDatabase } from '../../support/database.ts';
import { eventually } from '../../support/hub.ts';

async function journal() {
  const { db, url } = await testDatabase();
  await migrate(db, SAGA_SCHEMA, sagaMigrations);
  const changes = createChanges({ db, tails: [journalTail], log: silentLog, pollMs: 5 });
  closeBeforeDatabase(() => changes.close());
  const begin = (id: string, customer: string) =>
    sql`
    insert into process.run (id, kind, state, principal_id, idempotency_key, input_hash, input, correlation_id, attributes,
      weight, started_at)
    values (${id}, 'act', 'RUNNING', 'k', ${id}, '', '{}', 'c', ${JSON.stringify({ customerId: customer, region: 'eu' })},
      0, now())`.execute(db);
  const line = (id: string) => sql`insert into process.audit (run_id, at, event) values (${id}, now(), 'STEP_DONE')`;
  return { db, url, changes, begin, line };
}

test('a line of the journal is told to who listens to its run or to what the run is about, and to nobody else', async () => {
  const { db, changes, begin, line } = await journal();
  await begin('prc_1', 'C-1');
  await begin('prc_2', 'C-2');
  await line('prc_1').execute(db);
  const heard: string[] = [];
  await changes.listen(['process:prc_1'], () => heard.push('run'));
  const stop = await changes.listen(['customer:C-1', 'customer:C-9'], () => heard.push('customer'));
  await changes.listen(['process:prc_2', 'region:eu'], () => heard.push('other'));
  assert.deepEqual(heard, [], 'what was before is not told');
  await line('prc_1').execute(db);
  await eventually('both are told', async () => heard.length === 2);
  assert.deepEqual(heard.sort(), ['customer', 'run']);
  stop();
  await line('prc_1').execute(db);
  await line('prc_2').execute(db);
  await eventually('those who still listen are told', async () => heard.length === 4);
  assert.deepEqual(heard.sort(), ['customer', 'other', 'run', 'run']);
});

test('a line that is committed after one with a higher id is told too', async () => {
  const { db, changes, begin, line } = await journal();
  await begin('prc_early', 'C-1');
  await begin('prc_late', 'C-1');
  const heard: string[] = [];
  await changes.listen(['process:prc_early'], () => heard.push('early'));
  await changes.listen(['process:prc_late'], () => heard.push('late'));
  await db.transaction().execute(async (trx) => {
    await line('prc_late').execute(trx);
    await line('prc_early').execute(db); // committed first, with the higher id
    await eventually('the committed one is told', async () => heard.includes('early'));
  });
  await eventually('the late one is told', async () => heard.includes('late'));
  assert.deepEqual(heard, ['early', 'late'], 'each once');
});
