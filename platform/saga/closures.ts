import { type Kysely, sql } from 'kysely';
import { HubError } from '../errors.ts';
import type { SagaTables } from './tables.ts';
import type { Closed } from './windows.ts';

/** A time in which a system takes nothing: its maintenance. Steps of that system wait, acts are accepted all the same. */
export interface Closure {
  readonly id: string;
  readonly system: string;
  /** RFC 3339. */
  readonly from: string;
  readonly until: string;
  readonly reason: string;
  readonly by: string;
}

/** How old what a worker knows of closures may be. */
const KNOWN_FOR_MS = 1_000;

/** What is closed right now, by the database's clock, as a worker knows it. */
export function closedNow(db: Kysely<SagaTables>): { of(system: string): Promise<Closed | null> } {
  let askedAt = Number.NEGATIVE_INFINITY;
  let known: Promise<ReadonlyMap<string, Closed>> = Promise.resolve(new Map());
  const ask = async () => {
    const rows = await db
      .selectFrom('process.closure')
      .select(['system', 'until_at', 'reason'])
      .where('from_at', '<=', sql<Date>`now()`)
      .where('until_at', '>', sql<Date>`now()`)
      .orderBy('until_at') // of two the longer one stays
      .execute();
    return new Map(rows.map(({ system, until_at, reason }) => [system, { until: until_at.toISOString(), reason }]));
  };
  return {
    async of(system) {
      const now = performance.now();
      if (now - askedAt > KNOWN_FOR_MS) {
        askedAt = now;
        known = ask().catch(() => new Map()); // the database is away: the step's own intent waits for it
      }
      if (!(await known).has(system)) return null;
      known = ask(); // it may have been opened just now, and nobody would wake what is put away after that
      return (await known).get(system) ?? null;
    },
  };
}

/** Those that are not over, the next one first. */
export async function closures(db: Kysely<SagaTables>): Promise<readonly Closure[]> {
  const rows = await db
    .selectFrom('process.closure')
    .selectAll()
    .where('until_at', '>', sql<Date>`now()`)
    .orderBy('from_at')
    .execute();
  return rows.map(({ id, system, from_at, until_at, reason, closed_by }) => ({
    id,
    system,
    from: from_at.toISOString(),
    until: until_at.toISOString(),
    reason,
    by: closed_by,
  }));
}

/** Has steps of the system wait from then on; those under way end. @throws INVALID */
export async function closeSystem(db: Kysely<SagaTables>, closure: Omit<Closure, 'id'>): Promise<string> {
  if (!(Date.parse(closure.from) < Date.parse(closure.until))) {
    throw new HubError('INVALID', 'a closure must end after it begins', { field: 'until' });
  }
  const { id } = await db
    .insertInto('process.closure')
    .values({
      system: closure.system,
      from_at: closure.from,
      until_at: closure.until,
      reason: closure.reason,
      closed_by: closure.by,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Ends a closure before its time; what was put away until its end is due at once. @throws NOT_FOUND */
export async function openSystem(db: Kysely<SagaTables>, id: string): Promise<void> {
  const { rows } = await sql`
    with opened as (delete from process.closure where id = ${id}::bigint and until_at > now() returning until_at),
    woken as (
      update process.run set due_at = now() from opened
      where process.run.state = 'WAITING' and process.run.due_at = opened.until_at)
    select 1 from opened`.execute(db);
  if (rows.length === 0) throw new HubError('NOT_FOUND', `no system is closed, or going to be, under ${id}`);
}
