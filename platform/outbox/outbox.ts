import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type CloudEvent, type EventToPublish, toCloudEvent } from './cloud-event.ts';
import type { OutboxTables } from './tables.ts';

/**
 * Writes events beside the change that they tell of, in its transaction: both are there, or neither. An id that is there
 * already is left alone. Events of one order key that are published at the same time wait for one another, so that they
 * are written in the order of their commits.
 */
export async function publish<Tables extends OutboxTables>(
  trx: Kysely<Tables>,
  events: readonly EventToPublish[],
): Promise<void> {
  if (events.length > 0) await publishing(events, sql`(select 1)`).execute(trx);
}

/**
 * `publish` as a part of a larger statement, for at least one event.
 * @param given a relation of that statement, of one row at most: where it has none, nothing is published
 */
export function publishing(events: readonly EventToPublish[], given: RawBuilder<unknown>): RawBuilder<unknown> {
  const keys = [...new Set(events.map(({ orderKey }) => orderKey))].sort();
  const said = events.map(
    (event, nr) => sql`(${sql.lit(nr)}, ${event.id}::text, ${event.name}::text, ${event.version}::int,
      ${event.orderKey}::text, ${event.occurredAt}::timestamptz, ${JSON.stringify(toCloudEvent(event))}::jsonb)`,
  );
  // The keys are locked, one after another, before the first row takes its number.
  return sql`
    insert into outbox.event (event_id, type, version, order_key, occurred_at, event)
    select said.event_id, said.type, said.version, said.order_key, said.occurred_at, said.event
    from ${given} as given,
      (select count(locked::text) as keys from (
        select pg_advisory_xact_lock(hashtextextended('concord.outbox.' || key, 0)) as locked
        from unnest(${keys}::text[]) as key) as locks) as held,
      (values ${sql.join(said)}) as said (nr, event_id, type, version, order_key, occurred_at, event)
    where held.keys > 0
    order by said.nr
    on conflict (event_id) do nothing`;
}

/** An event with its place in the outbox. */
export interface Published {
  /** Decimal text: it may be larger than a number holds exactly. Gaps are normal. */
  readonly position: string;
  readonly name: string;
  readonly version: number;
  readonly orderKey: string;
  readonly event: CloudEvent;
}

/** Most events that are given their place at once. */
const PLACED_AT_ONCE = 1_000;

/**
 * The next events after a position, in order, at most `first`. Whoever goes on from the last one it was given misses
 * nothing, also not what is committed late.
 */
export async function readOutbox(
  db: Kysely<OutboxTables>,
  page: { readonly after: string; readonly first: number },
): Promise<readonly Published[]> {
  await place(db);
  const rows = await db
    .selectFrom('outbox.event')
    .select(['position', 'type as name', 'version', 'order_key as orderKey', 'event'])
    .where('position', '>', page.after)
    .orderBy('position')
    .limit(page.first)
    .execute();
  return rows.map(({ position, event, ...row }) => ({
    ...row,
    position: position ?? '', // those without one were left out
    event: event as CloudEvent, // written by `publish` alone
  }));
}

/** Gives what is committed by now its place, one caller at a time. */
async function place(db: Kysely<OutboxTables>): Promise<void> {
  const { rows } = await sql`select 1 from outbox.event where position is null limit 1`.execute(db);
  if (rows.length === 0) return;
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('concord.outbox.place', 0))`.execute(trx);
    await sql`
      update outbox.event set position = placed.position
      from (select id, nextval('outbox.place') as position from (
        select id from outbox.event where position is null order by id limit ${PLACED_AT_ONCE}) as unplaced) as placed
      where event.id = placed.id`.execute(trx);
  });
}
