import type { Kysely } from 'kysely';
import { type DeliverSettings, deliverSettings } from '../../../events/deliver/config.ts';
import { type Delivery, openDelivery } from '../../../events/deliver/delivery.ts';
import { deliverDue } from '../../../events/deliver/run-lanes.ts';
import type { DeliverTables } from '../../../events/deliver/tables.ts';
import type { TurnOptions } from '../../../events/deliver/turn.ts';
import { fixedClock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { createKeyStore, type KeyStore, migrateKeys, type NewApiKey } from '../../../platform/keys/key-store.ts';
import { silentLog } from '../../../platform/log.ts';
import { publish } from '../../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../../platform/outbox/tables.ts';
import { createSeal } from '../../../platform/seal.ts';
import { connectIdentity } from '../../../subgraphs/identity/connect.ts';
import { closeBeforeDatabase, testDatabase } from '../../support/database.ts';
import { receiver as openReceiver, type Receiver } from './receiver.ts';
import { SECRETS_KEY } from './secrets-key.ts';

export const HOUR_MS = 3_600_000;
export const SCOPES = ['customer:read', 'subscription:read', 'order:read', 'invoice:read', 'events:subscribe'];

export type { Received } from './receiver.ts';

/** Closed after the file's last test. */
export async function receiver(): Promise<Receiver> {
  const at = await openReceiver();
  closeBeforeDatabase(at.close);
  return at;
}

export interface World {
  readonly url: string;
  readonly pool: Db;
  readonly db: Kysely<DeliverTables & OutboxTables>;
  readonly clock: ReturnType<typeof fixedClock>;
  readonly keys: KeyStore;
  readonly delivery: Delivery;
  readonly settings: DeliverSettings;
  readonly turn: TurnOptions;
  /** Delivers all that is due now. */
  deliver(): Promise<void>;
  /** A key's id. */
  key(more?: Partial<NewApiKey>): Promise<string>;
  subscribe(
    url: string,
    more?: { keyId?: string; events?: string[] | null; customers?: string[] | null },
  ): Promise<{ id: string; secret: string }>;
  /** One event of a customer; answers its id. */
  tell(
    customerId: string,
    more?: { name?: string; data?: object; id?: string; correlationId?: string; version?: number },
  ): Promise<string>;
  show(id: string): Promise<NonNullable<Awaited<ReturnType<Delivery['subscriptions']['show']>>[number]>>;
}

/** Subscriptions over a database of their own, with a clock that stands still until it is moved. */
export async function openWorld(): Promise<World> {
  const { db: pool, url } = await testDatabase();
  const clock = fixedClock(Date.now());
  await connectIdentity(pool, { clock });
  await migrateKeys(pool);
  const keys = createKeyStore(pool, clock);
  const settings = deliverSettings({ EVENTS_ALLOW_NETWORKS: '127.0.0.0/8', EVENTS_TIMEOUT_MS: '2000' });
  const delivery = await openDelivery({
    db: pool,
    seal: createSeal(SECRETS_KEY, 'EVENTS_SECRETS_KEY'),
    settings,
    clock,
  });
  closeBeforeDatabase(() => delivery.close());
  const { subscriptions, sender } = delivery;
  const db = pool.withTables<DeliverTables & OutboxTables>();
  const turn: TurnOptions = {
    ...{ db: pool, subscriptions, sender, keys, settings, process: 'test', clock, log: silentLog, random: () => 0.5 },
  };
  let made = 0;
  let ofAll: string | undefined;
  const key = async (more: Partial<NewApiKey> = {}) =>
    (await keys.create({ name: 'Partner', scopes: SCOPES, ...more })).id;
  return {
    ...{ url, pool, db, clock, keys, delivery, settings, turn, key },
    deliver: () => deliverDue(turn),
    async subscribe(target, { keyId, events = null, customers = null }: Parameters<World['subscribe']>[1] = {}) {
      ofAll ??= await key();
      const terms = { name: 'Partner', url: target, events, customers };
      const wanted = { keyId: keyId ?? ofAll, terms, by: 'test', idempotencyKey: `subscribe-${++made}` };
      const { id, secret } = await subscriptions.create(wanted);
      return { id, secret: secret ?? '' };
    },
    async tell(customerId, more = {}) {
      const { name = 'CustomerChanged', data = {}, id = `evt_${++made}`, correlationId = 'test', version = 1 } = more;
      const event = {
        ...{ id, name, version, subject: `customer/${customerId}`, orderKey: `customer:${customerId}`, correlationId },
        occurredAt: new Date(clock.now()).toISOString(),
        data: { system: 'CRM', customerId, entity: 'account:1', ...data },
      };
      await db.transaction().execute((trx) => publish(trx as never, [event]));
      return id;
    },
    async show(id) {
      const [subscription] = await subscriptions.show([id]);
      if (subscription == null) throw new Error(`there is no subscription ${id}`);
      return subscription;
    },
  };
}
