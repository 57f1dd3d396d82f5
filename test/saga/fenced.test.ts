import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { systemClock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { silentLog } from '../../platform/log.ts';
import { OUTBOX_SCHEMA, outboxMigrations } from '../../platform/outbox/tables.ts';
import { accept } from '../../platform/saga/accept.ts';
import { execute } from '../../platform/saga/execute.ts';
import type { Executor, Probe } from '../../platform/saga/executor.ts';
import { OPEN_GATE } from '../../platform/saga/gate.ts';
import { claim, handBack, takeFrom } from '../../platform/saga/queue.ts';
import { SAGA_SCHEMA, type SagaTables, sagaMigrations } from '../../platform/saga/tables.ts';
import { testDatabase } from '../support/database.ts';
import { asking, QUICK, stateOf } from './support/engine.ts';
import { createSystems, effectsOf, type Systems, systemsFor, threeSteps, toldOf } from './support/ledger.ts';

let pool: Db;
before(async () => {
  ({ db: pool } = await testDatabase());
  await migrate(pool, SAGA_SCHEMA, sagaMigrations);
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
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
    gate: OPEN_GATE,
    probe,
  };
};

const accepted = async (key: string): Promise<string> => {
  const { id } = await accept(pool.withTables<SagaTables>(), asking(key), new Date().toISOString());
  return id;
};
/** The run that is due, as the worker claims it. There is one at a time here. */
const claimedBy = async (worker: string) => {
  const [run] = await claim(pool.withTables<SagaTables>(), worker, 1, [threeSteps.name]);
  assert.ok(run);
  return run;
};

const never = new AbortController().signal;

test('an execution that was taken over writes nothing more; the run has each effect once', async () => {
  const db = pool.withTables<SagaTables>();
  const id = await accepted('overtaken');
  // Frozen with its first effect made but not journaled, then continued when another one has finished the run.
  const frozen = executor(never, async (point, step) => {
    if (point !== 'after-answer' || step !== 'first') return;
    assert.equal(await takeFrom(db, 'frozen', null), 1);
    await execute(executor(never), await claimedBy('other'));
  });
  await assert.rejects(execute(frozen, await claimedBy('frozen')), { name: 'Superseded' });
  assert.equal(await stateOf(db, id), 'COMPLETED');
  assert.deepEqual(await effectsOf(db, id), { first: 'STANDS', second: 'STANDS', third: 'STANDS' });
  assert.deepEqual(await claim(db, 'other', 1, [threeSteps.name]), [], 'nothing is due any more');
  assert.deepEqual(await toldOf(db, id), [`${id}:CustomerChanged:customer:C-1`], 'the world is told by one of them');
});

test('a worker that was taken for dead is fenced off before anybody else goes on', async () => {
  const db = pool.withTables<SagaTables>();
  const id = await accepted('late');
  const taken = await claimedBy('silent');
  assert.equal(await takeFrom(db, 'silent', 60), 1, 'it was never heard of');
  await assert.rejects(execute(executor(never), taken), { name: 'Superseded' });
  assert.deepEqual(await effectsOf(db, id), {});
  await execute(executor(never), await claimedBy('other'));
  assert.equal(await stateOf(db, id), 'COMPLETED');
});

test('a process that shuts down stops between steps, and the next one goes on from there', async () => {
  const db = pool.withTables<SagaTables>();
  const id = await accepted('stopped');
  const stop = new AbortController();
  const stopping = executor(stop.signal, (point, step) => {
    if (point === 'after-answer' && step === 'first') stop.abort(new Error('the process shuts down'));
  });
  await assert.rejects(execute(stopping, await claimedBy('stopping')), /shuts down/);
  assert.deepEqual(await effectsOf(db, id), { first: 'STANDS' });
  await handBack(db, 'stopping');
  await execute(executor(never), await claimedBy('next'));
  assert.equal(await stateOf(db, id), 'COMPLETED');
  const steps = await db.selectFrom('process.step').select('attempts').where('run_id', '=', id).execute();
  assert.deepEqual(
    steps.map(({ attempts }) => attempts),
    [1, 1, 1],
  );
});
