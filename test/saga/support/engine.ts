import type { Kysely } from 'kysely';
import { systemClock } from '../../../platform/clock.ts';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { silentLog } from '../../../platform/log.ts';
import { OUTBOX_SCHEMA, outboxMigrations } from '../../../platform/outbox/tables.ts';
import type { Acceptance } from '../../../platform/saga/accept.ts';
import { createSagaEngine, type SagaEngine } from '../../../platform/saga/engine.ts';
import type { Probe } from '../../../platform/saga/executor.ts';
import { SAGA_SCHEMA, type SagaTables, sagaMigrations } from '../../../platform/saga/tables.ts';
import { closeBeforeDatabase } from '../../support/database.ts';
import { systemsFor, threeSteps } from './ledger.ts';

/** Retries in milliseconds instead of seconds. */
export const QUICK = { attempts: 3, firstWaitMs: 5, longestWaitMs: 1_000, attemptTimeoutMs: 5_000 };

export interface TestEngine {
  readonly engine: SagaEngine;
  readonly db: Kysely<SagaTables>;
  /** Done after the file's last test where nobody did before. */
  close(): Promise<void>;
}

export async function testEngine(
  databaseUrl: string,
  options: { executorId?: string; probe?: Probe; role?: 'worker' | 'client'; takeoverMs?: number } = {},
): Promise<TestEngine> {
  const pool: Db = createDb(databaseUrl);
  await migrate(pool, SAGA_SCHEMA, sagaMigrations);
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
  const db = pool.withTables<SagaTables>();
  const engine = await createSagaEngine({
    databaseUrl,
    db,
    executorId: options.executorId ?? 'test',
    role: options.role ?? 'worker',
    sagas: [threeSteps],
    contextFor: systemsFor(db),
    clock: systemClock,
    log: silentLog,
    retry: QUICK,
    pollMs: 20,
    takeoverMs: options.takeoverMs ?? 200,
    ...(options.probe ? { probe: options.probe } : {}),
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= engine.close().then(() => pool.destroy());
    return closed;
  };
  closeBeforeDatabase(close);
  return { engine, db, close };
}

export const asking = (key: string, n = 1): Acceptance => ({
  id: `prc_${key}`,
  kind: 'three-steps',
  principalId: 'tester',
  idempotencyKey: key,
  said: { n },
  input: { n },
  correlationId: `cor-${key}`,
  attributes: { customerId: 'C-1' },
  weight: 0,
  lock: null,
});

export async function stateOf(db: Kysely<SagaTables>, runId: string): Promise<string> {
  const run = await db.selectFrom('process.run').select('state').where('id', '=', runId).executeTakeFirstOrThrow();
  return run.state;
}
