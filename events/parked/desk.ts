import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CauseClass } from '../../platform/failure.ts';
import type { Page } from '../../platform/page.ts';
import type { RowScope } from '../../platform/principal.ts';
import { hubIdIsWithin } from '../../platform/rows/condition.ts';
import type { EffectTables } from '../effects/tables.ts';
import type { IngestTables } from '../ingest/tables.ts';
import type { ParkedTables } from './tables.ts';

export type ParkedPart = 'CHANGE' | 'EFFECT';
export type ParkedState = 'PARKED' | 'DISMISSED';

/** What of an event could not be done: a vendor's change that was not read or not applied, or one of its effects. */
export interface Parked {
  /** Its part and its number there. Example: `effect-12`. */
  readonly id: string;
  readonly part: ParkedPart;
  readonly state: ParkedState;
  /** The vendor's, of a change; of an effect that of the CloudEvent. */
  readonly eventId: string;
  /** Who sent the change. Example: `stripe`; null: it is an effect. */
  readonly source: string | null;
  /** As the vendor names it, of a change; of an effect the hub's name. */
  readonly event: string;
  /** By its declaration; null: it is a change. */
  readonly effect: string | null;
  readonly system: string | null;
  /** Example: `invoice:in_1`; null: it could not be read. */
  readonly subject: string | null;
  /** Of the hub; null: not known. */
  readonly customerId: string | null;
  readonly occurredAt: string;
  readonly parkedAt: string;
  readonly attempts: number;
  readonly causeClass: CauseClass;
  readonly reason: string;
  /** The event without the vendor's values; null: it could not be read. */
  readonly payload: unknown;
  /** Of what could not be read, as the vendor sent it: it may hold anything. */
  readonly rawBody: string | null;
}

/** null: whatever it is. */
export interface ParkedFilter {
  readonly state: ParkedState | null;
  readonly part: ParkedPart | null;
  readonly system: string | null;
  readonly causeClass: CauseClass | null;
  readonly customerId: string | null;
}

export type DeskTables = IngestTables & EffectTables & ParkedTables;

/** Both parts as one. */
const DESK = sql`(
  select 'change-' || id as id, 'CHANGE' as part, state, event_id as "eventId", source, type as event, null as effect, system,
    case when inbound is null then null else entity end as subject, customer_id as "customerId", occurred_at as "occurredAt",
    date_trunc('milliseconds', parked_at) as "parkedAt", attempts, cause_class as "causeClass", reason, inbound as payload, body as "rawBody"
  from ingest.inbox where state in ('PARKED', 'DISMISSED')
  union all
  select 'effect-' || id, 'EFFECT', state, event_id, null, event_name, name, system,
    event->'data'->>'entity', event->'data'->>'customerId', (event->>'time')::timestamptz,
    date_trunc('milliseconds', settled_at), attempts, cause_class, reason, event->'data', null
  from effect.effect where state in ('PARKED', 'DISMISSED')) as parked`;

const within = (scope: RowScope | null): RawBuilder<boolean> =>
  scope === null ? sql<boolean>`true` : hubIdIsWithin(sql<string | null>`parked."customerId"`, scope);

/** Newest first. @param after `id` and instant of the last one, as `cursorOf` writes it. @param scope as if there were none but about these customers */
export async function pageOfParked(
  db: Kysely<DeskTables>,
  { state, part, system, causeClass, customerId }: ParkedFilter,
  { first, after }: { readonly first: number; readonly after: ParkedCursor | null },
  scope: RowScope | null,
): Promise<Page<Parked>> {
  const { rows } = await sql<Row>`
    select * from ${DESK} where ${within(scope)}
      and (${state}::text is null or state = ${state}) and (${part}::text is null or part = ${part})
      and (${system}::text is null or system = ${system})
      and (${causeClass}::text is null or "causeClass" = ${causeClass})
      and (${customerId}::text is null or "customerId" = ${customerId})
      and (${after?.at ?? null}::timestamptz is null or ("parkedAt", id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}))
    order by "parkedAt" desc, id desc limit ${first + 1}`.execute(db);
  const entries = rows.slice(0, first).map(parkedOf);
  const last = entries.at(-1);
  return { entries, hasMore: rows.length > first, endCursor: last === undefined ? null : cursorOf(last) };
}

/** Those of the ids that are on the desk, in the order in which they were parked. */
export async function findParked(
  db: Kysely<DeskTables>,
  ids: readonly string[],
  scope: RowScope | null,
): Promise<readonly Parked[]> {
  const { rows } = await sql<Row>`
    select * from ${DESK} where id = any(${sql.val([...ids])}::text[]) and ${within(scope)}
    order by "parkedAt", id`.execute(db);
  return rows.map(parkedOf);
}

/** The first that were parked for one cause, and how many there are of it. @param system null: wherever it failed */
export async function parkedFor(
  db: Kysely<DeskTables>,
  { causeClass, system, first }: { causeClass: CauseClass; system: string | null; first: number },
  scope: RowScope | null,
): Promise<{ readonly ids: readonly string[]; readonly all: number }> {
  const { rows } = await sql<{ id: string; all: number }>`
    select id, count(*) over ()::int as all from ${DESK}
    where state = 'PARKED' and "causeClass" = ${causeClass} and (${system}::text is null or system = ${system}) and ${within(scope)}
    order by "parkedAt", id limit ${first}`.execute(db);
  return { ids: rows.map(({ id }) => id), all: rows[0]?.all ?? 0 };
}

/** How many are parked, by system. */
export async function countParked(
  db: Kysely<DeskTables>,
  scope: RowScope | null,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ system: string | null; count: number }>`
    select system, count(*)::int as count from ${DESK} where state = 'PARKED' and ${within(scope)} group by system`.execute(
    db,
  );
  return new Map(rows.flatMap(({ system, count }) => (system === null ? [] : [[system, count]])));
}

export interface ParkedCursor {
  readonly at: string;
  readonly id: string;
}
export const cursorOf = ({ parkedAt, id }: Pick<Parked, 'parkedAt' | 'id'>): string => `${parkedAt}~${id}`;

type Row = Omit<Parked, 'occurredAt' | 'parkedAt'> & { readonly occurredAt: Date; readonly parkedAt: Date };

const parkedOf = ({ occurredAt, parkedAt, ...row }: Row): Parked => ({
  ...row,
  occurredAt: occurredAt.toISOString(),
  parkedAt: parkedAt.toISOString(),
});
