import { type Kysely, sql } from 'kysely';
import type { Inbound } from '../../platform/webhooks/webhook-source.ts';
import type { Parking } from '../parked/parking.ts';
import type { InboxState, IngestTables } from './tables.ts';

/** One webhook as it is kept. */
export interface Kept {
  readonly source: string;
  readonly inbound: Inbound;
}

/** A webhook that was signed and cannot be read. */
export interface Unreadable {
  readonly source: string;
  /** Made of the body, so that the same one is kept once. */
  readonly eventId: string;
  readonly body: string;
  readonly parking: Parking;
}

interface InLine {
  readonly id: string;
  readonly source: string;
  /** How often it failed. */
  readonly attempts: number;
}
/** An event that waits to be applied. */
export type Waiting = InLine & Kept;
/** One that could not be read, and is to be read again. */
export type WaitingToBeRead = InLine & { readonly inbound: null; readonly body: string };

/**
 * Keeps events, each id of a source once, and states (`Inbound.state`) only where neither that one nor a later one of the
 * record came before. Answers how many were new.
 */
export async function keep(db: Kysely<IngestTables>, events: readonly Kept[]): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    insert into ingest.inbox (source, event_id, type, occurred_at, entity, inbound, state)
    select event.* from jsonb_to_recordset(${JSON.stringify(
      events.map(({ source, inbound }) => ({
        source,
        event_id: inbound.eventId,
        type: inbound.type,
        occurred_at: inbound.occurredAt,
        entity: inbound.entity,
        inbound,
        state: 'RECEIVED' satisfies InboxState,
      })),
    )}::jsonb) as event (
      source text, event_id text, type text, occurred_at timestamptz, entity text, inbound jsonb, state text)
    where not coalesce((event.inbound->>'state')::boolean, false) or not exists (
      select 1 from ingest.inbox as known where known.source = event.source and known.entity = event.entity
        and known.occurred_at >= event.occurred_at and known.state not in ('PARKED', 'DISMISSED'))
    on conflict (source, event_id) do nothing returning id`.execute(db);
  return rows.length;
}

/** Keeps what cannot be read, so that nobody has to send it again to have it looked into. */
export async function park(db: Kysely<IngestTables>, { source, eventId, body, parking }: Unreadable): Promise<void> {
  const { at, causeClass, system, reason } = parking;
  await sql`
    insert into ingest.inbox (source, event_id, type, occurred_at, entity, body, state, attempts, parked_at, cause_class, system, reason)
    values (${source}, ${eventId}, 'unreadable', ${at}, ${`unreadable:${eventId}`}, ${body.replaceAll('\0', '')}, 'PARKED', 1,
      ${at}, ${causeClass}, ${system}, ${reason})
    on conflict (source, event_id) do nothing`.execute(db);
}

/** Puts an event that could be read at last in the place of its body; false: the same event came again meanwhile, and is known. */
export async function understand(
  db: Kysely<IngestTables>,
  { id, source }: WaitingToBeRead,
  inbound: Inbound,
): Promise<boolean> {
  const { eventId, type, occurredAt, entity } = inbound;
  const { rows } = await sql`
    update ingest.inbox set event_id = ${eventId}, type = ${type}, occurred_at = ${occurredAt}, entity = ${entity},
      inbound = ${JSON.stringify(inbound)}::jsonb, body = null, attempts = 0, next_attempt_at = null
    where id = ${id} and state = 'RECEIVED' and not exists (
      select 1 from ingest.inbox as known where known.source = ${source} and known.event_id = ${eventId})
    returning 1`.execute(db);
  return rows.length > 0;
}

/**
 * The next events that are due: the first of each record, so that those after it wait for it. Sources take turns, so that none
 * waits for what another one has told of a whole day.
 */
export async function dueEvents(
  db: Kysely<IngestTables>,
  at: string,
  first: number,
): Promise<readonly (Waiting | WaitingToBeRead)[]> {
  // The sources that have something waiting are looked up one by one in the index: there are few, and many events.
  const { rows } = await sql<Waiting | WaitingToBeRead>`
    with recursive waiting as (
      select (select source from ingest.inbox where state = 'RECEIVED' order by source limit 1)
      union all
      select (select next.source from ingest.inbox as next where next.state = 'RECEIVED' and next.source > waiting.source
        order by next.source limit 1) from waiting where waiting.source is not null)
    select due.id::text, due.source, due.inbound, due.body, due.attempts from waiting cross join lateral (
      select mine.*, row_number() over (order by mine.id) as turn from ingest.inbox as mine
      where mine.source = waiting.source and mine.state = 'RECEIVED'
        and (mine.next_attempt_at is null or mine.next_attempt_at <= ${at}::timestamptz)
        and not exists (select 1 from ingest.inbox as before where before.state = 'RECEIVED'
          and before.source = mine.source and before.entity = mine.entity and before.id < mine.id)
      order by mine.id limit ${first}) as due
    order by due.turn, due.id limit ${first}`.execute(db);
  return rows;
}

/** Locks an event for the transaction that settles it; false: another process has it, or has settled it. */
export async function lock(trx: Kysely<IngestTables>, { id }: Pick<Waiting, 'id'>): Promise<boolean> {
  const { rows } = await sql`
    select 1 from ingest.inbox where id = ${id} and state = 'RECEIVED' for update skip locked`.execute(trx);
  return rows.length > 0;
}

/**
 * Notes the state of a record as told, unless a later one was told before. Answers whether it is the latest. Of several events
 * of one instant each is; beside a state of that instant none is.
 */
export async function isLatest(
  trx: Kysely<IngestTables>,
  { source, inbound: { entity, occurredAt, state } }: Kept,
): Promise<boolean> {
  const { rows } = await sql`
    insert into ingest.applied (source, entity, occurred_at, whole)
    values (${source}, ${entity}, ${occurredAt}::timestamptz, ${state ?? false})
    on conflict (source, entity) do update set occurred_at = excluded.occurred_at, whole = excluded.whole
      where applied.occurred_at < excluded.occurred_at
        or (applied.occurred_at = excluded.occurred_at and not applied.whole and not excluded.whole)
    returning 1`.execute(trx);
  return rows.length > 0;
}

export interface Settled {
  readonly id: string;
  readonly state: InboxState;
  readonly attempts?: number;
  readonly nextAttemptAt?: string | null;
  readonly reason?: string | null;
  /** Of one that is parked. */
  readonly parking?: Parking & { readonly customerId: string | null };
}

/** Says what became of an event that waits; one that somebody else has settled stays as it is. */
export const settle = (
  trx: Kysely<IngestTables>,
  { id, state, attempts, nextAttemptAt = null, reason = null, parking }: Settled,
) =>
  trx
    .updateTable('ingest.inbox')
    .set({
      state,
      next_attempt_at: nextAttemptAt,
      reason: parking?.reason ?? reason,
      parked_at: parking?.at ?? null,
      cause_class: parking?.causeClass ?? null,
      system: parking?.system ?? null,
      customer_id: parking?.customerId ?? null,
      ...(attempts === undefined ? {} : { attempts }),
    })
    .where('id', '=', id)
    .where('state', '=', 'RECEIVED')
    .execute();
