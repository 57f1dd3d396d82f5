import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../platform/outbox/tables.ts';
import type { Page } from '../../platform/page.ts';
import type { Seal } from '../../platform/seal.ts';
import type { DeliverSettings } from './config.ts';
import { type DeadLetter, deadLetters } from './dead-letters.ts';
import { type Lag, lagOf } from './lag.ts';
import { type Replay, replay } from './replay.ts';
import { createSender, type Sender } from './send.ts';
import { createSubscriptions, type Subscription, type Subscriptions } from './subscriptions.ts';
import { DELIVER_SCHEMA, type DeliverTables, deliverMigrations } from './tables.ts';
import { sendTest, type TestResult } from './test-event.ts';

/** What can be asked of subscriptions to events; who may ask is judged by the caller. Nothing is delivered here: see `run-lanes.ts`. */
export interface Delivery {
  readonly subscriptions: Subscriptions;
  readonly sender: Sender;
  deadLetters(
    of: { readonly subscriptionId: string | null; readonly keyId: string | null },
    page: { readonly first: number; readonly after: string | null },
  ): Promise<Page<DeadLetter>>;
  lag(ids: readonly string[]): Promise<ReadonlyMap<string, Lag>>;
  replay(subscriptionId: string, wanted: Replay): Promise<number>;
  test(subscription: Subscription): Promise<TestResult>;
  close(): Promise<void>;
}

export interface DeliveryOptions {
  /** Closed by the caller, after this. */
  readonly db: Db;
  readonly seal: Seal;
  readonly settings: DeliverSettings;
  readonly clock: Clock;
}

/** The tables of subscriptions, and those of the outbox behind them. */
export async function migrateDelivery(db: Db): Promise<void> {
  await migrate(db, OUTBOX_SCHEMA, outboxMigrations);
  await migrate(db, DELIVER_SCHEMA, deliverMigrations);
}

/** Subscriptions in the hub's own database, its tables brought up to date. */
export async function openDelivery({ db: pool, seal, settings, clock }: DeliveryOptions): Promise<Delivery> {
  await migrateDelivery(pool);
  const db = pool.withTables<DeliverTables & OutboxTables>();
  const subscriptions = createSubscriptions({ db, seal, allowed: settings.allowed, clock });
  const sender = createSender(settings, clock);
  return {
    subscriptions,
    sender,
    deadLetters: (of, page) => deadLetters(db, of, page),
    lag: (ids) => lagOf(db, ids),
    replay: (id, wanted) => replay(db, id, wanted),
    test: (subscription) => sendTest(subscription, { sender, subscriptions, clock }),
    close: () => sender.close(),
  };
}
