import { type Kysely, type Selectable, sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { HubError } from '../../platform/errors.ts';
import type { Page } from '../../platform/page.ts';
import type { RowScope } from '../../platform/principal.ts';
import { hubIdIsWithin } from '../../platform/rows/condition.ts';
import {
  CONFLICT_SCHEMA,
  type ConflictState,
  type ConflictTable,
  type ConflictTables,
  conflictMigrations,
  type Resolution,
} from './tables.ts';

/** A value that a system holds of a field that another one owns. */
export interface Conflict {
  readonly id: string;
  /** Of the hub. */
  readonly customerId: string;
  readonly field: string;
  /** Who holds `held`, and under which id of its own. */
  readonly system: string;
  readonly externalId: string;
  readonly owner: string;
  readonly held: string;
  readonly owned: string;
  readonly state: ConflictState;
  /** By how many events. */
  readonly seen: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly endedAt: string | null;
  readonly resolution: Resolution | null;
  readonly dismissedBy: string | null;
  readonly reason: string | null;
}

/** Where a conflict is: there is one open conflict at most for each. */
export type Place = Pick<Conflict, 'customerId' | 'field' | 'system'>;
/** What was seen there, by which event. */
export type Sight = Place & Pick<Conflict, 'externalId' | 'owner' | 'held' | 'owned'> & { readonly eventId: string };

/** null: whatever it is. */
export interface ConflictFilter {
  readonly state: ConflictState | null;
  readonly system: string | null;
  readonly field: string | null;
  readonly customerId: string | null;
}

export interface ConflictStore {
  /** Notes that systems disagree: opens a conflict, or counts it once more. One that was dismissed opens again when a value changed. */
  see(sight: Sight, at: string): Promise<void>;
  /** Ends an open conflict; does nothing where there is none. */
  resolve(place: Place, resolution: Resolution, at: string): Promise<void>;
  open(customerId: string): Promise<readonly Conflict[]>;
  /** Newest first. @param scope as if there were none but about these customers; null: all */
  page(
    filter: ConflictFilter,
    page: { readonly first: number; readonly after: string | null },
    scope: RowScope | null,
  ): Promise<Page<Conflict>>;
  /** @throws NOT_FOUND; CONFLICT unless it is open. One that this person dismissed for this reason before is answered as it is */
  dismiss(
    id: string,
    by: { readonly id: string; readonly reason: string; readonly at: string },
    scope: RowScope | null,
  ): Promise<Conflict>;
}

/** The conflicts of a database, whose tables are brought up to date. */
export async function connectConflicts(pool: Db): Promise<ConflictStore> {
  await migrate(pool, CONFLICT_SCHEMA, conflictMigrations);
  return createConflictStore(pool);
}

function createConflictStore(pool: Db): ConflictStore {
  const db = pool.withTables<ConflictTables>();
  return {
    see: ({ eventId, ...sight }, at) =>
      db.transaction().execute(async (trx) => {
        await sql`select pg_advisory_xact_lock(hashtextextended(${`concord.conflict.${sight.customerId}`}, 0))`.execute(
          trx,
        );
        const last = await latest(trx, sight);
        const { held, owned } = sight;
        const same = last?.held === held && last.owned === owned;
        if (last?.state === 'OPEN' || (last?.state === 'DISMISSED' && same)) {
          if (last.last_event_id === eventId) return;
          await trx
            .updateTable('conflict.conflict')
            .set({ held, owned, owner: sight.owner, external_id: sight.externalId, seen: last.seen + 1 })
            .set({ last_seen_at: at, last_event_id: eventId })
            .where('id', '=', last.id)
            .execute();
          return;
        }
        await trx
          .insertInto('conflict.conflict')
          .values({
            customer_id: sight.customerId,
            field: sight.field,
            system: sight.system,
            external_id: sight.externalId,
            owner: sight.owner,
            held,
            owned,
            state: 'OPEN',
            seen: 1,
            first_seen_at: at,
            last_seen_at: at,
            last_event_id: eventId,
          })
          .execute();
      }),

    async resolve({ customerId, field, system }, resolution, at) {
      await db
        .updateTable('conflict.conflict')
        .set({ state: 'RESOLVED', resolution, ended_at: at })
        .where('customer_id', '=', customerId)
        .where('field', '=', field)
        .where('system', '=', system)
        .where('state', '=', 'OPEN')
        .execute();
    },

    async open(customerId) {
      const rows = await db
        .selectFrom('conflict.conflict')
        .selectAll()
        .where('customer_id', '=', customerId)
        .where('state', '=', 'OPEN')
        .execute();
      return rows.map(conflictOf);
    },

    async page({ state, system, field, customerId }, { first, after }, scope) {
      let query = seen(db, scope)
        .orderBy('id', 'desc')
        .limit(first + 1);
      if (state !== null) query = query.where('state', '=', state);
      if (system !== null) query = query.where('system', '=', system);
      if (field !== null) query = query.where('field', '=', field);
      if (customerId !== null) query = query.where('customer_id', '=', customerId);
      if (after !== null) query = query.where('id', '<', after);
      const rows = await query.execute();
      const entries = rows.slice(0, first).map(conflictOf);
      return { entries, hasMore: rows.length > first, endCursor: entries.at(-1)?.id ?? null };
    },

    async dismiss(id, by, scope) {
      const isId = /^\d{1,18}$/.test(id);
      const row = isId ? await seen(db, scope).where('id', '=', id).executeTakeFirst() : undefined;
      if (row === undefined) throw new HubError('NOT_FOUND', 'there is no such conflict', { field: 'id' });
      if (row.state === 'OPEN') {
        const dismissed = await db
          .updateTable('conflict.conflict')
          .set({ state: 'DISMISSED', dismissed_by: by.id, reason: by.reason, ended_at: by.at })
          .where('id', '=', id)
          .where('state', '=', 'OPEN')
          .returningAll()
          .executeTakeFirst();
        if (dismissed !== undefined) return conflictOf(dismissed);
      } else if (row.dismissed_by === by.id && row.reason === by.reason) return conflictOf(row); // said again after a lost answer
      throw new HubError('CONFLICT', `conflict ${id} is not open any more; read it again`, { field: 'id' });
    },
  };
}

const seen = (db: Kysely<ConflictTables>, scope: RowScope | null) => {
  const query = db.selectFrom('conflict.conflict').selectAll();
  return scope === null ? query : query.where(hubIdIsWithin(sql<string | null>`conflict.customer_id`, scope));
};

const latest = (trx: Kysely<ConflictTables>, { customerId, field, system }: Place) =>
  trx
    .selectFrom('conflict.conflict')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('field', '=', field)
    .where('system', '=', system)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

const conflictOf = (row: Selectable<ConflictTable>): Conflict => ({
  id: row.id,
  customerId: row.customer_id,
  field: row.field,
  system: row.system,
  externalId: row.external_id,
  owner: row.owner,
  held: row.held,
  owned: row.owned,
  state: row.state,
  seen: row.seen,
  firstSeenAt: row.first_seen_at.toISOString(),
  lastSeenAt: row.last_seen_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  resolution: row.resolution,
  dismissedBy: row.dismissed_by,
  reason: row.reason,
});
