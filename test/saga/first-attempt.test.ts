import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Clock, fixedClock, systemClock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { HubError } from '../../platform/errors.ts';
import { silentLog } from '../../platform/log.ts';
import { OUTBOX_SCHEMA, outboxMigrations } from '../../platform/outbox/tables.ts';
import { accept } from '../../platform/saga/accept.ts';
import { execute } from '../../platform/saga/execute.ts';
import type { Executor, Probe } from '../../platform/saga/executor.ts';
import { OPEN_GATE } from '../../platform/saga/gate.ts';
import { claim, takeFrom } from '../../platform/saga/queue.ts';
import { type Attempt, saga, stepsIn } from '../../platform/saga/saga.ts';
import { SAGA_SCHEMA, type SagaTables, sagaMigrations } from '../../platform/saga/tables.ts';
import { testDatabase } from '../support/database.ts';
import { asking, QUICK } from './support/engine.ts';

/** What steps were told, in their order: `do:true` is an attempt of which nothing was ever sent. */
let told: string[] = [];
let fails: 'NEVER' | 'ONCE' | 'FOR_GOOD' = 'NEVER';

const step = stepsIn<Attempt>();
const opens = step({
  name: 'opens',
  owner: 'ERP',
  do: async ({ isFirst }: Attempt) => void told.push(`opens:${isFirst}`),
  undo: async ({ isFirst }) => void told.push(`undo:${isFirst}`),
});
const follows = step({
  name: 'follows',
  owner: 'BILLING',
  do: async ({ isFirst }: Attempt) => {
    told.push(`follows:${isFirst}`);
    const now = fails;
    if (now === 'ONCE') fails = 'NEVER';
    if (now === 'ONCE') throw new HubError('UNAVAILABLE', 'not now');
    if (now === 'FOR_GOOD') throw new HubError('REFUSED', 'no');
  },
  undo: { never: 'it is the last' },
});
const tried = saga<Attempt, unknown, null>({
  name: 'tried',
  steps: [opens, follows],
  run: async (run) => {
    await run.step(opens, null);
    await run.step(follows, null);
    return null;
  },
});

let pool: Db;
before(async () => {
  ({ db: pool } = await testDatabase());
  await migrate(pool, SAGA_SCHEMA, sagaMigrations);
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
});

const executor = ({ clock = systemClock, probe }: { clock?: Clock; probe?: Probe } = {}): Executor<Attempt> => ({
  db: pool.withTables<SagaTables>(),
  sagas: new Map([[tried.name, tried]]),
  contextFor: (attempt) => attempt,
  retry: QUICK,
  clock,
  log: silentLog,
  stopping: new AbortController().signal,
  cutOff: new AbortController().signal,
  gate: OPEN_GATE,
  probe,
});

async function claimed(key: string) {
  told = [];
  const run = { ...asking(key), kind: tried.name };
  await accept(pool.withTables<SagaTables>(), run, new Date().toISOString());
  return taken('one');
}

async function taken(worker: string) {
  const [run] = await claim(pool.withTables<SagaTables>(), worker, 1, [tried.name]);
  assert.ok(run);
  return run;
}

test('only the first attempt of a step is told that nothing was sent before', async () => {
  fails = 'ONCE';
  await execute(executor(), await claimed('again'));
  assert.deepEqual(told, ['opens:true', 'follows:true', 'follows:false']);
});

test('undoing is never told so', async () => {
  fails = 'FOR_GOOD';
  await execute(executor(), await claimed('back'));
  fails = 'NEVER';
  assert.deepEqual(told, ['opens:true', 'follows:true', 'undo:false']);
});

test('who takes over a step that was begun is not told so, though no answer was journaled', async () => {
  const dies = executor({
    probe: async (point, name) => {
      if (point !== 'after-intent' || name !== 'opens') return;
      await takeFrom(pool.withTables<SagaTables>(), 'one', null);
      throw new DOMException('the process is gone', 'AbortError');
    },
  });
  await assert.rejects(execute(dies, await claimed('taken-over')));
  await execute(executor(), await taken('two'));
  assert.deepEqual(told, ['opens:false', 'follows:true']);
});

test('a journal that is older than vendors know keys is not believed: it may be a backup', async () => {
  const run = await claimed('restored');
  await execute(executor({ clock: fixedClock(new Date(Date.now() + 13 * 3_600_000).toISOString()) }), run);
  assert.deepEqual(told, ['opens:false', 'follows:false']);
});
