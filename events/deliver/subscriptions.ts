import { randomBytes } from 'node:crypto';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Clock } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import type { Networks } from '../../platform/keys/networks.ts';
import { endOfOutbox } from '../../platform/outbox/end.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { Page } from '../../platform/page.ts';
import type { Seal } from '../../platform/seal.ts';
import type { DeliverTables, SubscriptionState, SubscriptionTable } from './tables.ts';
import { checkedTerms, hashOf, type Terms } from './terms.ts';

/** A subscription as those who handle it see it. Instants are RFC 3339 text. */
export interface Subscription extends Terms {
  readonly id: string;
  readonly keyId: string;
  readonly state: SubscriptionState;
  readonly reason: string | null;
  readonly since: string;
  readonly createdAt: string;
  readonly lastDeliveredAt: string | null;
  readonly failingSince: string | null;
  readonly lastFailure: string | null;
  readonly heldUntil: string | null;
  readonly delivered: number;
  readonly failed: number;
}

/** The secret is in this answer and nowhere else; null: an earlier request with the same idempotency key made it. */
export interface MadeSubscription {
  readonly id: string;
  readonly secret: string | null;
}

export interface Wanted {
  readonly keyId: string;
  readonly terms: Terms;
  /** Id of who asks, with the idempotency key chosen for it. */
  readonly by: string;
  readonly idempotencyKey: string;
}

export interface SubscriptionFilter {
  readonly keyId: string | null;
  readonly state: SubscriptionState | null;
}

/** A signing secret with its time; null: no end. */
export interface SecretTimes {
  readonly madeAt: string;
  readonly endsAt: string | null;
}

export interface Subscriptions {
  /** @throws INVALID naming the field; REFUSED above the most that a key may have; CONFLICT where the idempotency key was used for other input */
  create(wanted: Wanted): Promise<MadeSubscription>;
  show(ids: readonly string[]): Promise<readonly (Subscription | null)[]>;
  /** Newest first. */
  page(filter: SubscriptionFilter, page: { first: number; after: string | null }): Promise<Page<Subscription>>;
  /** null: there is none. @throws INVALID */
  update(id: string, change: Partial<Terms> & { readonly enabled?: boolean }): Promise<Subscription | null>;
  /** The new secret; earlier ones sign beside it for the overlap. null: there is no such subscription. */
  rotate(id: string, overlapMs: number): Promise<string | null>;
  remove(id: string): Promise<boolean>;
  secretTimes(ids: readonly string[]): Promise<ReadonlyMap<string, readonly SecretTimes[]>>;
  /** Those that sign now, newest first. */
  secretsOf(id: string): Promise<readonly string[]>;
}

export interface SubscriptionsOptions {
  readonly db: Kysely<DeliverTables & OutboxTables>;
  readonly seal: Seal;
  readonly allowed: Networks;
  readonly clock: Clock;
}

const MOST_OF_A_KEY = 20;
const SECRET_BYTES = 32;
const LONGEST_OVERLAP_MS = 90 * 24 * 3_600_000;

/** Subscriptions to events in the hub's own database. Who may handle which is judged by the caller. */
export function createSubscriptions({ db, seal, allowed, clock }: SubscriptionsOptions): Subscriptions {
  const now = () => new Date(clock.now());

  async function addSecret(trx: Kysely<DeliverTables & OutboxTables>, subscription_id: string): Promise<string> {
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    const sealed = seal.close(secret, subscription_id);
    await trx.insertInto('deliver.secret').values({ subscription_id, sealed, made_at: now(), ends_at: null }).execute();
    return secret;
  }

  return {
    async create({ keyId, terms: given, by, idempotencyKey }) {
      if (!/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) {
        throw new HubError('INVALID', 'idempotencyKey: must be 1 to 255 printable ASCII characters', {
          field: 'idempotencyKey',
        });
      }
      const terms = checkedTerms(given, allowed);
      const madeOf = hashOf([keyId, given]);
      const position = await endOfOutbox(db);
      return db.transaction().execute(async (trx) => {
        // Of two at once for one key the second waits, and counts the first.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`concord.deliver.${keyId}`}, 0))`.execute(trx);
        const before = await trx
          .selectFrom('deliver.subscription')
          .select(['id', 'made_of'])
          .where('made_by', '=', by)
          .where('made_with', '=', idempotencyKey)
          .executeTakeFirst();
        if (before?.made_of === madeOf) return { id: before.id, secret: null };
        if (before !== undefined) {
          throw new HubError('CONFLICT', 'this idempotency key was used for other input before; nothing was done', {
            field: 'idempotencyKey',
            reason: 'IDEMPOTENCY_KEY_REUSED',
          });
        }
        const { count } = await trx
          .selectFrom('deliver.subscription')
          .select(({ fn }) => fn.countAll().as('count'))
          .where('key_id', '=', keyId)
          .executeTakeFirstOrThrow();
        if (Number(count) >= MOST_OF_A_KEY) {
          throw new HubError(
            'REFUSED',
            `The key has ${MOST_OF_A_KEY} subscriptions, the most there may be: delete one first`,
          );
        }
        const id = `evs_${randomBytes(12).toString('base64url')}`;
        await trx
          .insertInto('deliver.subscription')
          .values({
            ...{ id, key_id: keyId, made_by: by, made_with: idempotencyKey, made_of: madeOf, ...columnsOf(terms) },
            ...{ state: 'ACTIVE', reason: null, since: now(), created_at: now(), position },
          })
          .execute();
        return { id, secret: await addSecret(trx, id) };
      });
    },

    async show(ids) {
      const rows = await db
        .selectFrom('deliver.subscription')
        .selectAll()
        .where('id', 'in', [...ids, ''])
        .execute();
      const found = new Map(rows.map((row) => [row.id, subscriptionOf(row)]));
      return ids.map((id) => found.get(id) ?? null);
    },

    async page({ keyId, state }, { first, after }) {
      let query = db
        .selectFrom('deliver.subscription')
        .selectAll()
        .orderBy('nr', 'desc')
        .limit(first + 1);
      if (keyId !== null) query = query.where('key_id', '=', keyId);
      if (state !== null) query = query.where('state', '=', state);
      if (after !== null) {
        query = query.where('nr', '<', db.selectFrom('deliver.subscription').select('nr').where('id', '=', after));
      }
      const rows = await query.execute();
      const entries = rows.slice(0, first).map(subscriptionOf);
      return { entries, hasMore: rows.length > first, endCursor: entries.at(-1)?.id ?? null };
    },

    async update(id, { enabled, ...change }) {
      return db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom('deliver.subscription')
          .selectAll()
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        if (row === undefined) return null;
        const terms = checkedTerms({ ...subscriptionOf(row), ...change }, allowed);
        const state = enabled === undefined ? row.state : enabled ? 'ACTIVE' : 'PAUSED';
        const turned = state !== row.state;
        const changed = await trx
          .updateTable('deliver.subscription')
          .set({
            ...columnsOf(terms),
            state,
            ...(turned ? { reason: null, since: now() } : {}),
            // Another address, or a person who says that it is well again: what held it back is no reason any more.
            ...(enabled || terms.url !== row.url ? { failures: 0, failing_since: null, held_until: null } : {}),
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow();
        return subscriptionOf(changed);
      });
    },

    async rotate(id, overlapMs) {
      if (!Number.isInteger(overlapMs) || overlapMs < 0 || overlapMs > LONGEST_OVERLAP_MS) {
        throw new HubError('INVALID', 'overlapSeconds: must be from 0 to 7776000, which is 90 days', {
          field: 'overlapSeconds',
        });
      }
      return db.transaction().execute(async (trx) => {
        const there = await trx
          .selectFrom('deliver.subscription')
          .select('id')
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        if (there === undefined) return null;
        await trx
          .deleteFrom('deliver.secret')
          .where('subscription_id', '=', id)
          .where('ends_at', '<=', now())
          .execute();
        await sql`
          update deliver.secret set ends_at = least(ends_at, ${new Date(clock.now() + overlapMs)}::timestamptz)
          where subscription_id = ${id}`.execute(trx);
        return addSecret(trx, id);
      });
    },

    async remove(id) {
      const { numDeletedRows } = await db
        .deleteFrom('deliver.subscription')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    async secretTimes(ids) {
      const rows = await db
        .selectFrom('deliver.secret')
        .select(['subscription_id', 'made_at', 'ends_at'])
        .where('subscription_id', 'in', [...ids, ''])
        .where((where) => where.or([where('ends_at', 'is', null), where('ends_at', '>', now())]))
        .orderBy('nr')
        .execute();
      const times = rows.map(({ subscription_id, made_at, ends_at }) => ({
        of: subscription_id,
        time: { madeAt: made_at.toISOString(), endsAt: ends_at?.toISOString() ?? null },
      }));
      return new Map(ids.map((id) => [id, times.filter(({ of }) => of === id).map(({ time }) => time)]));
    },

    async secretsOf(id) {
      const rows = await db
        .selectFrom('deliver.secret')
        .select('sealed')
        .where('subscription_id', '=', id)
        .where((where) => where.or([where('ends_at', 'is', null), where('ends_at', '>', now())]))
        .orderBy('nr', 'desc')
        .execute();
      return rows.map(({ sealed }) => seal.open(sealed, id));
    },
  };
}

const columnsOf = ({ name, url, events, customers }: Terms) => ({
  name,
  url,
  events: events === null ? null : [...events],
  customers: customers === null ? null : [...customers],
});

export const subscriptionOf = (row: Selectable<SubscriptionTable>): Subscription => ({
  id: row.id,
  keyId: row.key_id,
  name: row.name,
  url: row.url,
  events: row.events,
  customers: row.customers,
  state: row.state,
  reason: row.reason,
  since: row.since.toISOString(),
  createdAt: row.created_at.toISOString(),
  lastDeliveredAt: row.last_delivered_at?.toISOString() ?? null,
  failingSince: row.failing_since?.toISOString() ?? null,
  lastFailure: row.last_failure,
  heldUntil: row.held_until?.toISOString() ?? null,
  delivered: Number(row.delivered),
  failed: Number(row.failed),
});
