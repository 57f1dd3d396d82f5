/** The hub's own engine, with steps that do nothing: journal, audit, fencing and hand-over as in use. */
import { systemClock } from '../../../platform/clock.ts';
import { createDb } from '../../../platform/db/db.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { silentLog } from '../../../platform/log.ts';
import { createSagaEngine } from '../../../platform/saga/engine.ts';
import { type Attempt, saga, stepsIn } from '../../../platform/saga/saga.ts';
import { SAGA_SCHEMA, type SagaTables, sagaMigrations } from '../../../platform/saga/tables.ts';
import { databaseUrl, STEPS, serveBatches } from './contestant.ts';

const pool = createDb(databaseUrl(), { max: 20 });
await migrate(pool, SAGA_SCHEMA, sagaMigrations);
const step = stepsIn<Attempt>();
const steps = STEPS.map((name) =>
  step({ name, owner: 'ERP', do: async ({ key }, _input: { run: string }) => ({ key }), undo: async () => {} }),
);
const engine = await createSagaEngine({
  databaseUrl: databaseUrl(),
  db: pool.withTables<SagaTables>(),
  executorId: 'bench',
  role: 'worker',
  sagas: [
    saga<Attempt, { run: string }, { run: string }>({
      name: 'four-steps',
      steps,
      run: async (run, input) => {
        for (const each of steps) await run.step(each, input);
        return input;
      },
    }),
  ],
  contextFor: (attempt) => attempt,
  clock: systemClock,
  log: silentLog,
  concurrency: 64,
});

serveBatches(async (nr, accepted) => {
  const run = `run-${nr}`;
  await engine.start({
    id: run,
    kind: 'four-steps',
    principalId: 'bench',
    idempotencyKey: run,
    said: { run },
    input: { run },
    correlationId: run,
    attributes: { customerId: 'C-1' },
    weight: 0,
    lock: null,
  });
  accepted();
  await engine.wait(run, 60_000);
});
