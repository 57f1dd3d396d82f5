import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { systemClock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { silentLog } from '../../platform/log.ts';
import { accept } from '../../platform/saga/accept.ts';
import { execute } from '../../platform/saga/execute.ts';
import type { Executor, Probe } from '../../platform/saga/executor.ts';
import { SAGA_SCHEMA, type SagaTables, sagaMigrations } from '../../platform/saga/tables.ts';
import { testDatabase } from '../support/database.ts';
import { asking, QUICK, stateOf } from './support/engine.ts';
import { createSystems, effectsOf, type Systems, systemsFor, threeSteps } from './support/ledger.ts';

let pool: Db;
before(async () => {
  ({ db: pool } = await testDatabase());
  await migrate(pool, SAGA_SCHEMA, sagaMigrations);
  await createSystems(pool.withTables<SagaTables>());
});

const executor = (stopping: AbortSignal, probe?: Probe): Executor<Systems> => {
  const db = pool.withTables<SagaTables>();
  return {
    db,
    sagas: new Map([[threeSteps.name, threeSteps]]),
    contextFor: systemsFor(db),
    retry: QUICK,
    clock: systemClock,
    log: silentLog,
    stopping,
    cutOff: stopping,
    probe,
  };
};

const accepted = async (key: string): Promise<string> => {
  const { id } = await accept(pool.withTables<SagaTables>(), asking(key), async () => {}, new Date().toISOString());
  return id;
};

const never = new AbortController().signal;

test('an execution that was taken over writes nothing more; the run has each effect once', async () => {
  const db = pool.withTables<SagaTables>();
  const id = await accepted('overtaken');
  // Frozen with its first effect made but not journaled, then continued when another one has finished the run.
  const frozen = executor(never, async (point, step) => {
    if (point === 'after-answer' && step === 'first') await execute(executor(never), id, `${id}:0`);
  });
  await assert.rejects(execute(frozen, id, `${id}:0`), { name: 'Superseded' });
  assert.equal(await stateOf(db, id), 'COMPLETED');
  assert.deepEqual(await effectsOf(db, id), { first: 'STANDS', second: 'STANDS', third: 'STANDS' });
  const { turn } = await db.selectFrom('process.run').select('turn').where('id', '=', id).executeTakeFirstOrThrow();
  assert.equal(turn, 2);
});

test('an execution that belongs to an earlier attempt of the run does nothing', async () => {
  const db = pool.withTables<SagaTables>();
  const id = await accepted('late');
  await execute(executor(never), id, `${id}:7`);
  assert.equal(await stateOf(db, id), 'ACCEPTED');
  await execute(executor(never), id, `${id}:0`);
  await execute(executor(never), id, `${id}:0`);
  assert.equal(await stateOf(db, id), 'COMPLETED');
});

test('a process that shuts down stops between steps, and the next one goes on from there', async () => {
  const db = pool.withTables<SagaTables>();
  const id = await accepted('stopped');
  const stop = new AbortController();
  const stopping = executor(stop.signal, (point, step) => {
    if (point === 'after-commit' && step === 'first') stop.abort(new Error('the process shuts down'));
  });
  await assert.rejects(execute(stopping, id, `${id}:0`), /shuts down/);
  assert.deepEqual(await effectsOf(db, id), { first: 'STANDS' });
  await execute(executor(never), id, `${id}:0`);
  assert.equal(await stateOf(db, id), 'COMPLETED');
  const steps = await db.selectFrom('process.step').select('attempts').where('run_id', '=', id).execute();
  assert.deepEqual(
    steps.map(({ attempts }) => attempts),
    [1, 1, 1],
  );
});
