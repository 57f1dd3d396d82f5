import { type Kysely, sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { closedNow } from './closures.ts';
import { type Gate, Postponed, type Visitor } from './gate.ts';
import { pause } from './persistent.ts';
import type { SagaTables } from './tables.ts';
import { opensAt, type Windows } from './windows.ts';

/** What one system is sent by all workers together. */
export interface SystemLimit {
  /** Steps at once. Default: as many as there are. */
  readonly atOnce?: number;
  /** Steps begun per second. Default: as many as there are. */
  readonly perSecond?: number;
}

export interface SystemGateOptions {
  readonly db: Kysely<SagaTables>;
  /** The worker's name: what it holds is free again when it is not heard of any more. */
  readonly worker: string;
  readonly limits: Readonly<Record<string, SystemLimit>>;
  readonly windows: Windows;
  readonly clock: Clock;
}

/** A worker that was not heard of for so long has lost its places. */
const LEASE_SECONDS = 6;
/** How soon a worker asks again for a place that others have, and gives one back that others may wait for. */
const ASK_AGAIN_MS = 50;
const KEEP_MS = 500;

/**
 * One gate before all systems. A place at a system is a row of `process.slot`, leased by a worker for as long as its own steps
 * queue up, so a step pays a statement only where others compete; a turn per second is a statement for each step. A worker
 * that is frozen for longer than its lease may be one step too many when it wakes up.
 */
export async function createSystemGate(options: SystemGateOptions): Promise<Gate> {
  const { db, worker, limits, windows, clock } = options;
  await sql`update process.slot set owner = null where owner = ${worker}`.execute(db);
  for (const [system, { atOnce }] of Object.entries(limits)) {
    if (atOnce === undefined) continue;
    await sql`insert into process.slot (system, nr) select ${system}, generate_series(1, ${atOnce}::int)
      on conflict do nothing`.execute(db);
  }
  const queues = new Map(Object.entries(limits).map(([system, limit]) => [system, queueFor(options, system, limit)]));
  const closures = closedNow(db);

  return {
    async enter(system, visitor) {
      const closed = opensAt(windows, system, clock.now()) ?? (await closures.of(system, visitor.step));
      if (closed !== null) throw new Postponed(system, closed.until, closed.reason);
      const queue = queues.get(system);
      return queue === undefined ? () => {} : queue(visitor);
    },
  };
}

interface Waiting extends Visitor {
  enter(leave: () => void): void;
}

/** The queue of this worker before one system; its head competes with those of other workers. */
function queueFor(
  { db, worker }: SystemGateOptions,
  system: string,
  { atOnce, perSecond }: SystemLimit,
): (visitor: Visitor) => Promise<() => void> {
  const waiting: Waiting[] = [];
  const leased = new Map<number, number>(); // place -> until when it is kept for who waits here
  const idle: number[] = [];
  let serving = false;

  const lease = async (): Promise<number | null> => {
    const { rows } = await sql<{ nr: number }>`
      update process.slot set owner = ${worker} where (system, nr) in (
        select system, nr from process.slot
        where system = ${system} and nr <= ${atOnce ?? 0} and (owner is null or not exists (
          select 1 from process.worker where id = slot.owner and beat_at > now() - ${LEASE_SECONDS} * interval '1 second'))
        order by nr limit 1 for update skip locked)
      returning nr`.execute(db);
    const nr = rows[0]?.nr ?? null;
    if (nr !== null) leased.set(nr, performance.now() + KEEP_MS);
    return nr;
  };
  const giveBack = async (nr: number): Promise<void> => {
    leased.delete(nr);
    await sql`update process.slot set owner = null where system = ${system} and nr = ${nr} and owner = ${worker}`.execute(
      db,
    );
  };
  const leave = (nr: number) => {
    if (waiting.length > 0 && (leased.get(nr) ?? 0) > performance.now()) idle.push(nr);
    else giveBack(nr).catch(() => {}); // free again when this worker is not heard of, or starts again
    void serve();
  };
  const myTurn = async (): Promise<void> => {
    const { rows } = await sql<{ ms: number }>`
      insert into process.pace (system, next_at) values (${system}, now())
      on conflict (system) do update set next_at = greatest(process.pace.next_at + interval '1 second' / ${perSecond ?? 1}::float8, now())
      returning (extract(epoch from next_at - now()) * 1000)::float8 as ms`.execute(db);
    await pause(rows[0]?.ms ?? 0, new AbortController().signal);
  };

  /** Lets in whoever is next, one after another. */
  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    try {
      while (waiting.length > 0) {
        const nr = atOnce === undefined ? null : (idle.shift() ?? (await lease()));
        if (atOnce !== undefined && nr === null) {
          setTimeout(serve, ASK_AGAIN_MS);
          return;
        }
        if (perSecond !== undefined) await myTurn();
        const next = waiting.shift();
        if (next !== undefined) next.enter(once(() => (nr === null ? undefined : leave(nr))));
        else if (nr !== null) await giveBack(nr); // who waited has gone
      }
    } catch {
      setTimeout(serve, 1_000); // the database is away
    } finally {
      serving = false;
      if (waiting.length === 0) for (const nr of idle.splice(0)) giveBack(nr).catch(() => {});
    }
  }

  return ({ step, rank, signal }) =>
    new Promise((resolve, reject) => {
      const gone = () => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(signal.reason);
      };
      const one: Waiting = {
        step,
        rank,
        signal,
        enter(leaving) {
          signal.removeEventListener('abort', gone);
          resolve(leaving);
        },
      };
      const behind = waiting.findIndex((other) => other.rank > rank);
      waiting.splice(behind === -1 ? waiting.length : behind, 0, one);
      signal.addEventListener('abort', gone, { once: true });
      void serve();
    });
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
