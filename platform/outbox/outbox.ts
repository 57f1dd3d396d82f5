import { type Kysely, sql } from 'kysely';
import { type CloudEvent, type EventToPublish, toCloudEvent } from './cloud-event.ts';
import type { OutboxTables } from './tables.ts';

/**
 * Writes events beside the change that they tell of, in its transaction: both are there, or neither. An id that is there
 * already is left alone. Events of one order key that are published at the same time wait for one another, so that they
 * are written in the order of their commits.
 */
export async function publish(trx: Kysely<OutboxTables>, events: readonly EventToPublish[]): Promise<void> {
  for (const key of [...new Set(events.map(({ orderKey }) => orderKey))].sort()) {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`concord.outbox.${key}`}, 0))`.execute(trx);
  }
  for (const event of events) {
    await trx
      .insertInto('outbox.event')
      .values({
        event_id: event.id,
        type: event.name,
        version: event.version,
        order_key: event.orderKey,
        occurred_at: event.occurredAt,
        event: JSON.stringify(toCloudEvent(event)),
      })
      .onConflict((conflict) => conflict.column('event_id').doNothing())
      .execute();
  }
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
