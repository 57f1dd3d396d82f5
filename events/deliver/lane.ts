import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { endOfOutbox } from '../../platform/outbox/end.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import { DOWN_AFTER } from './backoff.ts';
import type { DeliverTables, Mapping, SubscriptionTable } from './tables.ts';

type Deliverable = Kysely<DeliverTables & OutboxTables>;

/** A subscription that this process has for now, and nobody else. */
export type Lane = Selectable<SubscriptionTable>;

/** An event that has a row of its own in the lane, because it failed or waits for one that did. */
export interface WaitingEvent {
  readonly waitingId: string;
  readonly position: string;
  readonly orderKey: string;
  readonly name: string;
  readonly version: number;
  readonly mapping: Mapping;
  readonly attempts: number;
  readonly firstFailedAt: Date | null;
  readonly event: unknown;
}

/** Most that a lane holds beside the outbox: what comes after is read when there is room again. */
export const MOST_WAITING = 1_000;

/** Lanes on which something can be sent, those that go well first, so that many receivers that are down hold up no other. */
export async function dueLanes(db: Deliverable, at: Date, first: number): Promise<readonly string[]> {
  const end = await endOfOutbox(db);
  const { rows } = await sql<{ id: string }>`
    select lane.id from deliver.subscription as lane
    where state = 'ACTIVE' and (leased_until is null or leased_until <= ${at}) and (held_until is null or held_until <= ${at})
      and (
        exists (select 1 from deliver.waiting as mine
          where mine.subscription_id = lane.id and died_at is null and (lane.failures >= ${DOWN_AFTER} or not exists (
            select 1 from deliver.waiting as before
            where before.subscription_id = lane.id and before.died_at is null and before.order_key = mine.order_key
              and before.id <= mine.id and before.next_attempt_at > ${at})))
        or (lane.position < ${end}::bigint and ${MOST_WAITING} > (select count(*) from (
          select 1 from deliver.waiting where subscription_id = lane.id and died_at is null limit ${MOST_WAITING}) as held)))
    order by lane.failures, lane.leased_until nulls first limit ${first}`.execute(db);
  return rows.map(({ id }) => id);
}

/** null: another process has it, or it is not active any more. */
export async function takeLane(
  db: Deliverable,
  id: string,
  by: { readonly process: string; readonly at: Date; readonly until: Date },
): Promise<Lane | null> {
  const { rows } = await sql<Lane>`
    update deliver.subscription set lease = lease + 1, leased_by = ${by.process}, leased_until = ${by.until}
    where id = ${id} and state = 'ACTIVE' and (leased_until is null or leased_until <= ${by.at})
    returning *`.execute(db);
  return rows[0] ?? null;
}

/** false: the lease is another's by now. */
export async function keepLane(db: Deliverable, { id, lease }: Lane, until: Date): Promise<boolean> {
  const { rows } = await sql`
    update deliver.subscription set leased_until = ${until} where id = ${id} and lease = ${lease}::bigint
      and leased_until is not null returning 1`.execute(db);
  return rows.length > 0;
}

/** What waits and may be tried now, in the lane's order. */
export const waitingOf = (
  db: Deliverable,
  { id }: Lane,
  { at, first }: { readonly at: Date; readonly first: number },
): Promise<readonly WaitingEvent[]> =>
  read(
    db,
    sql`
    where mine.subscription_id = ${id} and mine.died_at is null and not exists (
      select 1 from deliver.waiting as before
      where before.subscription_id = ${id} and before.died_at is null and before.order_key = mine.order_key
        and before.id <= mine.id and before.next_attempt_at > ${at})
    order by mine.id limit ${first}`,
  );

/**
 * The first that waits of each order key, due or not, those that were tried least first: with which a receiver that seems down
 * is asked, so that one event that it never takes is not taken for its being down.
 */
export const headsOf = (db: Deliverable, { id }: Lane, first: number): Promise<readonly WaitingEvent[]> =>
  read(
    db,
    sql`
    where mine.subscription_id = ${id} and mine.died_at is null and not exists (
      select 1 from deliver.waiting as before
      where before.subscription_id = ${id} and before.died_at is null and before.order_key = mine.order_key
        and before.id < mine.id)
    order by mine.attempts, mine.id limit ${first}`,
  );

async function read(db: Deliverable, which: RawBuilder<unknown>): Promise<readonly WaitingEvent[]> {
  const { rows } = await sql<WaitingEvent>`
    select mine.id::text as "waitingId", mine.position::text, mine.order_key as "orderKey", event.type as name, event.version,
      mine.mapping, mine.attempts, mine.first_failed_at as "firstFailedAt", event.event
    from deliver.waiting as mine join outbox.event on event.position = mine.position ${which}`.execute(db);
  return rows;
}

/** Order keys of which something waits, among those asked; and how much waits in all. */
export async function standing(
  db: Deliverable,
  { id }: Lane,
): Promise<{ readonly keys: ReadonlySet<string>; readonly count: number }> {
  const { rows } = await sql<{ key: string; count: string }>`
    select order_key as key, count(*) as count from deliver.waiting
    where subscription_id = ${id} and died_at is null group by order_key`.execute(db);
  return {
    keys: new Set(rows.map(({ key }) => key)),
    count: rows.reduce((sum, { count }) => sum + Number(count), 0),
  };
}
