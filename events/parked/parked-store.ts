import { type Kysely, sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import type { CauseClass } from '../../platform/failure.ts';
import type { Page } from '../../platform/page.ts';
import type { RowScope } from '../../platform/principal.ts';
import { migrateEffects } from '../effects/tables.ts';
import { INGEST_SCHEMA, ingestMigrations } from '../ingest/tables.ts';
import {
  countParked,
  type DeskTables,
  findParked,
  type Parked,
  type ParkedCursor,
  type ParkedFilter,
  type ParkedState,
  pageOfParked,
  parkedFor,
} from './desk.ts';
import { PARKED_SCHEMA, type ParkedDecision, parkedMigrations } from './tables.ts';

/** What an operator did about one of them. */
export interface Decision {
  readonly decision: ParkedDecision;
  readonly at: string;
  /** The key or person. */
  readonly by: string;
  readonly reason: string | null;
  /** What it had been parked for. */
  readonly parkedFor: string | null;
}

type By = Pick<Decision, 'at' | 'by'>;

/** What is parked, for operators. @param scope as if there were none but about these customers; null: all */
export interface ParkedStore {
  page(
    filter: ParkedFilter,
    page: { readonly first: number; readonly after: ParkedCursor | null },
    scope: RowScope | null,
  ): Promise<Page<Parked>>;
  /** Those of the ids that are parked or dismissed. */
  find(ids: readonly string[], scope: RowScope | null): Promise<readonly Parked[]>;
  /** Has them tried again, as if they had come just now; those that are neither parked nor dismissed stay as they are. Answers which are. */
  retry(ids: readonly string[], by: By, scope: RowScope | null): Promise<readonly string[]>;
  /** The same for what is parked for one cause, oldest first. `all` is how many were. */
  retryFor(
    wanted: { causeClass: CauseClass; system: string | null; first: number },
    by: By,
    scope: RowScope | null,
  ): Promise<{ readonly ids: readonly string[]; readonly all: number }>;
  /** Says why they may stay undone; those that are not parked stay as they are. */
  dismiss(ids: readonly string[], by: By & { readonly reason: string }, scope: RowScope | null): Promise<void>;
  /** Oldest first, the last 50; one list for each id, in the order asked. */
  decisionsOn(ids: readonly string[]): Promise<readonly (readonly Decision[])[]>;
  /** How many are parked, by system. */
  count(scope: RowScope | null): Promise<ReadonlyMap<string, number>>;
}

const MOST_DECISIONS = 50;

/** What is parked in a database, whose tables are brought up to date. */
export async function connectParked(pool: Db): Promise<ParkedStore> {
  await migrate(pool, INGEST_SCHEMA, ingestMigrations);
  await migrateEffects(pool);
  await migrate(pool, PARKED_SCHEMA, parkedMigrations);
  const db = pool.withTables<DeskTables>();

  const retry: ParkedStore['retry'] = (ids, by, scope) =>
    decide(db, { ids, from: ['PARKED', 'DISMISSED'], decision: 'RETRIED', ...by, reason: null }, scope);
  return {
    page: (filter, page, scope) => pageOfParked(db, filter, page, scope),
    find: (ids, scope) => findParked(db, ids, scope),
    retry,
    async retryFor(wanted, by, scope) {
      const { ids, all } = await parkedFor(db, wanted, scope);
      return { ids: await retry(ids, by, scope), all };
    },
    async dismiss(ids, by, scope) {
      await decide(db, { ids, from: ['PARKED'], decision: 'DISMISSED', ...by }, scope);
    },
    async decisionsOn(ids) {
      const { rows } = await sql<{ item: string; at: Date } & Omit<Decision, 'at'>>`
        select latest.* from unnest(${sql.val([...ids])}::text[]) as asked (item)
        cross join lateral (
          select id, item, decision, at, by, reason, parked_for as "parkedFor" from parked.decision
          where decision.item = asked.item order by id desc limit ${MOST_DECISIONS}) as latest
        order by latest.id`.execute(db);
      const byItem = Map.groupBy(rows, ({ item }) => item);
      return ids.map((id) =>
        (byItem.get(id) ?? []).map(({ decision, at, by, reason, parkedFor }) => ({
          ...{ decision, by, reason, parkedFor },
          at: at.toISOString(),
        })),
      );
    },
    count: (scope) => countParked(db, scope),
  };
}

/** What becomes of each part that an operator decided about. */
const SET = {
  RETRIED: {
    change: sql`state = 'RECEIVED', attempts = 0, next_attempt_at = null, parked_at = null, cause_class = null, system = null, reason = null`,
    effect: sql`state = 'DUE', attempts = 0, next_attempt_at = null, settled_at = null, cause_class = null, system = null, reason = null`,
  },
  DISMISSED: { change: sql`state = 'DISMISSED'`, effect: sql`state = 'DISMISSED'` },
} as const satisfies Record<ParkedDecision, Record<'change' | 'effect', unknown>>;

/** Decides and writes down who did, both or neither. Of several at once one decides about each. Answers the ids that were decided about. */
async function decide(
  pool: Kysely<DeskTables>,
  about: Omit<Decision, 'parkedFor'> & { readonly ids: readonly string[]; readonly from: readonly ParkedState[] },
  scope: RowScope | null,
): Promise<readonly string[]> {
  const { decision, at, by, reason, from } = about;
  return pool.transaction().execute(async (db) => {
    const found = await findParked(db, about.ids, scope);
    const parkedForWhat = new Map(found.map(({ id, causeClass, reason }) => [id, `${causeClass}: ${reason}`]));
    const numbersOf = (part: string) =>
      sql.val(found.filter(({ id }) => id.startsWith(part)).map(({ id }) => id.slice(part.length)));
    const states = sql.val([...from]);
    const { rows } = await sql<{ id: string }>`
      with change as (
        update ingest.inbox set ${SET[decision].change}
        where id = any(${numbersOf('change-')}::bigint[]) and state = any(${states}::text[]) returning 'change-' || id as id),
      effect as (
        update effect.effect set ${SET[decision].effect}
        where id = any(${numbersOf('effect-')}::bigint[]) and state = any(${states}::text[]) returning 'effect-' || id as id)
      select id from change union all select id from effect`.execute(db);
    const decided = new Set(rows.map(({ id }) => id));
    const items = found.map(({ id }) => id).filter((id) => decided.has(id));
    if (items.length > 0) {
      await db
        .insertInto('parked.decision')
        .values(items.map((item) => ({ item, decision, at, by, reason, parked_for: parkedForWhat.get(item) ?? null })))
        .execute();
    }
    return items;
  });
}
