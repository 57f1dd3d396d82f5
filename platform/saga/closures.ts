import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { HubError } from '../errors.ts';
import type { SagaTables } from './tables.ts';
import type { Closed } from './windows.ts';

/** A time in which a system takes nothing: its maintenance. Steps of that system wait, acts are accepted all the same. */
export interface Closure {
  readonly id: string;
  readonly system: string;
  /** The only step that it does not take then; null: it takes none. */
  readonly step: string | null;
  /** RFC 3339. */
  readonly from: string;
  readonly until: string;
  readonly reason: string;
  readonly by: string;
}

/** How old what a worker knows of closures may be. */
const KNOWN_FOR_MS = 1_000;

/** What is closed right now, by the database's clock, as a worker knows it. */
export function closedNow(db: Kysely<SagaTables>): { of(system: string, step: string): Promise<Closed | null> } {
  let askedAt = Number.NEGATIVE_INFINITY;
  let known: Promise<readonly (Closed & Pick<Closure, 'system' | 'step'>)[]> = Promise.resolve([]);
  const ask = async () => {
    const rows = await db
      .selectFrom('process.closure')
      .select(['system', 'step', 'until_at', 'reason'])
      .where('from_at', '<=', sql<Date>`now()`)
      .where('until_at', '>', sql<Date>`now()`)
      .orderBy('until_at', 'desc') // of two the longer one holds
      .execute();
    return rows.map(({ system, step, until_at, reason }) => ({ system, step, until: until_at.toISOString(), reason }));
  };
  return {
    async of(system, step) {
      const closed = async () =>
        (await known).find((one) => one.system === system && (one.step === null || one.step === step)) ?? null;
      const now = performance.now();
      if (now - askedAt > KNOWN_FOR_MS) {
        askedAt = now;
        known = ask().catch(() => []); // the database is away: the step's own intent waits for it
      }
      if ((await closed()) === null) return null;
      const before = known;
      known = ask().catch(() => before); // it may have been opened just now, and nobody would wake what is put away after that
      return closed();
    },
  };
}

/** A closure with how many runs wait until its end. */
export interface WaitedFor extends Closure {
  readonly waiting: number;
}

/** Those that are not over, the next one first. */
export async function closures(db: Kysely<SagaTables>): Promise<readonly WaitedFor[]> {
  const rows = await db
    .selectFrom('process.closure')
    .selectAll()
    .select(
      sql<number>`(select count(*)::int from process.run
        where run.ended_at is null and run.state = 'WAITING' and run.due_at = closure.until_at)`.as('waiting'),
    )
    .where('until_at', '>', sql<Date>`now()`)
    .orderBy('from_at')
    .execute();
  return rows.map(({ id, system, step, from_at, until_at, reason, closed_by, waiting }) => ({
    id,
    system,
    step,
    from: from_at.toISOString(),
    until: until_at.toISOString(),
    reason,
    by: closed_by,
    waiting,
  }));
}

/**
 * Has steps of the system wait from then on; those under way end. Resolves when every worker knows of it. Said again under its id
 * it is the same. @throws INVALID
 */
export async function closeSystem(db: Kysely<SagaTables>, closure: Closure): Promise<void> {
  if (!(Date.parse(closure.from) < Date.parse(closure.until))) {
    throw new HubError('INVALID', 'a closure must end after it begins', { field: 'until' });
  }
  await db
    .insertInto('process.closure')
    .values({
      id: closure.id,
      system: closure.system,
      step: closure.step,
      from_at: closure.from,
      until_at: closure.until,
      reason: closure.reason,
      closed_by: closure.by,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  await delay(KNOWN_FOR_MS);
}

/** Ends a closure before its time; what was put away until its end is due at once. @throws NOT_FOUND */
export async function openSystem(db: Kysely<SagaTables>, id: string): Promise<void> {
  const { rows } = await sql`
    with opened as (delete from process.closure where id = ${id} and until_at > now() returning until_at),
    woken as (
      update process.run set due_at = now() from opened
      where process.run.state = 'WAITING' and process.run.due_at = opened.until_at)
    select 1 from opened`.execute(db);
  if (rows.length === 0) throw new HubError('NOT_FOUND', `no system is closed, or going to be, under ${id}`);
}
