import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import type { Logger } from '../../platform/log.ts';
import { createSagaEngine, type SagaEngine } from '../../platform/saga/engine.ts';
import type { Probe } from '../../platform/saga/executor.ts';
import type { RetryPolicy } from '../../platform/saga/failure.ts';
import { SAGA_SCHEMA, type SagaTables } from '../../platform/saga/tables.ts';
import { processMigrations } from './migrations.ts';
import { amendSubscription } from './sagas/amend-subscription.ts';
import { submitOrder } from './sagas/submit-order.ts';
import { updateCustomer } from './sagas/update-customer.ts';
import { type Ports, stepContextFor } from './systems.ts';

export interface ProcessEngineOptions {
  readonly databaseUrl: string;
  readonly db: Db;
  /** Names this process over restarts. */
  readonly executorId: string;
  /** `worker` executes acts; `client` accepts them for a worker elsewhere. */
  readonly role: 'worker' | 'client';
  readonly ports: Ports;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retry?: Partial<RetryPolicy>;
  readonly probe?: Probe;
}

/** Brings the journal's tables up to date and starts the engine with every act of the hub. One per process. */
export async function startProcessEngine(options: ProcessEngineOptions): Promise<SagaEngine> {
  const { db, ports, ...rest } = options;
  await migrate(db, SAGA_SCHEMA, processMigrations);
  return createSagaEngine({
    ...rest,
    db: db.withTables<SagaTables>(),
    sagas: [submitOrder, amendSubscription, updateCustomer],
    contextFor: stepContextFor(ports),
  });
}
