import { type Kysely, sql } from 'kysely';
import type { Inbound } from '../../platform/webhooks/webhook-source.ts';
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
  readonly reason: string;
}

/** Events that wait to be applied, with how often that failed. */
export interface Waiting extends Kept {
  readonly id: string;
  readonly attempts: number;
}

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
        and known.occurred_at >= event.occurred_at and known.state <> 'PARKED')
    on conflict (source, event_id) do nothing returning id`.execute(db);
  return rows.length;
}

/** Keeps what cannot be read, so that nobody has to send it again to have it looked into. */
export async function park(db: Kysely<IngestTables>, { source, eventId, body, reason }: Unreadable): Promise<void> {
  await sql`
    insert into ingest.inbox (source, event_id, type, occurred_at, entity, body, state, reason)
    values (${source}, ${eventId}, 'unreadable', now(), ${`unreadable:${eventId}`}, ${body.replaceAll('\0', '')}, 'PARKED', ${reason})
    on conflict (source, event_id) do nothing`.execute(db);
}

/** The next events that are due: the first of each record, so that those after it wait for it. */
export async function dueEvents(db: Kysely<IngestTables>, at: string, first: number): Promise<readonly Waiting[]> {
  const { rows } = await sql<{ id: string; source: string; inbound: Inbound; attempts: number }>`
    select id::text, source, inbound, attempts from ingest.inbox as mine
    where state = 'RECEIVED' and (next_attempt_at is null or next_attempt_at <= ${at}::timestamptz)
      and not exists (select 1 from ingest.inbox as before where before.state = 'RECEIVED'
        and before.source = mine.source and before.entity = mine.entity and before.id < mine.id)
    order by id limit ${first}`.execute(db);
  return rows;
}

/** Locks an event for the transaction that settles it; false: another process has it, or has settled it. */
export async function lock(trx: Kysely<IngestTables>, { id }: Waiting): Promise<boolean> {
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
}

export const settle = (
  trx: Kysely<IngestTables>,
  { id, state, attempts, nextAttemptAt = null, reason = null }: Settled,
) =>
  trx
    .updateTable('ingest.inbox')
    .set({ state, next_attempt_at: nextAttemptAt, reason, ...(attempts === undefined ? {} : { attempts }) })
    .where('id', '=', id)
    .execute();
