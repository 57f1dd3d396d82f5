import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Execution, RunRow } from './journal.ts';
import type { SagaTables } from './tables.ts';

/**
 * The table of runs is the queue: a run with `due_at` waits for a worker, one with `owner` is being executed, one with
 * neither rests or has ended. Times are the database's: workers whose clocks differ agree on what is due.
 */

/** Takes up to `most` runs that are due, the lowest rank first; two workers never take the same. */
export async function claim(
  db: Kysely<SagaTables>,
  worker: string,
  most: number,
  kinds: readonly string[],
): Promise<RunRow[]> {
  const { rows } = await sql<RunRow>`
    with mine as (
      update process.run set owner = ${worker}, due_at = null, turn = turn + 1,
        state = case direction when 'FORWARD' then 'RUNNING' else 'COMPENSATING' end
      where id in (
        select id from process.run where due_at <= now() and kind = any(${kinds}::text[])
        order by rank, due_at limit ${most} for update skip locked)
      returning *),
    noted as (
      insert into process.audit (run_id, at, event, detail)
      select id, now(), 'TAKEN', 'turn ' || turn || ' by ' || owner from mine)
    select * from mine order by rank, started_at`.execute(db);
  return rows;
}

/** How often the workers of a run may die without its getting a step done, before it is parked: it may be what kills them. */
export const MOST_TAKEOVERS = 5;

/**
 * Takes from a worker that is dead, or silent for longer than its lease, what it was executing; whoever executed it is fenced
 * off. The answer counts them. @param lease null: it is known to be dead; else seconds of silence
 */
export function takeFrom(db: Kysely<SagaTables>, worker: string, lease: number | null): Promise<number> {
  const silent =
    lease === null
      ? sql`true`
      : sql`not exists (select 1 from process.worker where id = ${worker} and beat_at > now() - ${lease} * interval '1 second')`;
  return cutOff(db, sql`owner = ${worker} and ${silent}`, { why: `worker ${worker} is gone`, seconds: 0 });
}

/** Has a run that this worker could not execute tried again later. */
export async function putOff(db: Kysely<SagaTables>, mine: Execution, seconds: number): Promise<void> {
  const which = sql`id = ${mine.runId} and turn = ${mine.turn} and ended_at is null`;
  await cutOff(db, which, { why: 'its execution broke off', seconds });
}

/** Due again for any worker, or parked as an exception when it was cut off too often without getting a step done. */
async function cutOff(
  db: Kysely<SagaTables>,
  which: RawBuilder<unknown>,
  { why, seconds }: { why: string; seconds: number },
): Promise<number> {
  const goesOn = sql`takeovers + 1 < ${MOST_TAKEOVERS}`;
  const { rows } = await sql`
    with taken as (
      update process.run set owner = null, turn = turn + 1, takeovers = takeovers + 1,
        due_at = case when ${goesOn} then now() + ${seconds} * interval '1 second' end,
        state = case when ${goesOn} then state else 'EXCEPTION' end
      where ${which} returning id, kind, takeovers, state),
    parked as (
      insert into process.exception (run_id, step, system, cause_class, message, raised_at)
      select id, kind, 'HUB', 'INTERNAL', ${POISON}::text, now() from taken where state = 'EXCEPTION'
      on conflict do nothing),
    noted as (
      insert into process.audit (run_id, at, event, detail)
      select id, now(), case state when 'EXCEPTION' then 'EXCEPTION' else 'TAKEN_OVER' end,
        ${why}::text || '; ' || takeovers || ' times without progress' from taken)
    select id from taken`.execute(db);
  return rows.length;
}

const POISON = `${MOST_TAKEOVERS} times a worker died while it executed this process, and no step got done; see the hub's log before retrying`;

/** How long an act that this worker does not know may wait for one that does: a deploy is under way. */
const UNKNOWN_MINUTES = 10;

/** Parks runs that no worker takes. The answer counts them. */
export async function parkUnknown(db: Kysely<SagaTables>, kinds: readonly string[]): Promise<number> {
  const { rows } = await sql`
    with parked as (
      update process.run set state = 'EXCEPTION', due_at = null
      where due_at < now() - ${UNKNOWN_MINUTES} * interval '1 minute' and kind <> all(${kinds}::text[]) returning id, kind),
    raised as (
      insert into process.exception (run_id, step, system, cause_class, message, raised_at)
      select id, kind, 'HUB', 'INTERNAL', ${UNKNOWN}::text, now() from parked on conflict do nothing)
    insert into process.audit (run_id, at, event, detail) select id, now(), 'EXCEPTION', ${UNKNOWN}::text from parked
    returning run_id`.execute(db);
  return rows.length;
}

const UNKNOWN = 'no worker knows this act; start the version of the hub that does, and retry';

/** Runs that the journal says this worker executes. */
export async function ownedBy(db: Kysely<SagaTables>, worker: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('process.run').select('id').where('owner', '=', worker).execute();
  return rows.map(({ id }) => id);
}

/** Gives back what this worker has not brought to an end, for any other to go on at once. @param ids default: all */
export async function handBack(db: Kysely<SagaTables>, worker: string, ids?: readonly string[]): Promise<void> {
  await sql`update process.run set owner = null, due_at = now(), turn = turn + 1
    where owner = ${worker} and ${ids === undefined ? sql`true` : sql`id = any(${ids}::text[])`}`.execute(db);
}
