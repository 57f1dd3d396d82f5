import { type Kysely, sql } from 'kysely';
import { RESTING, type RunState, type SagaTables } from './tables.ts';

/** How often the journal is asked about a run that another process executes. */
const POLL_MS = 200;
const RESTS: ReadonlySet<RunState> = new Set(RESTING);

/** Waiting for runs: those executed here are told at once, without asking; the others are asked after. */
export function createWaits(
  db: Kysely<SagaTables>,
  isHere: (runId: string) => boolean,
): {
  wait(runId: string, ms: number, signal?: AbortSignal): Promise<void>;
  /** Tells that an execution of the run came to its end. */
  ended(runId: string): void;
} {
  const waiting = new Map<string, Set<() => void>>();

  /** Whether nothing happens to it, unless somebody acts, for as long as anybody waits. */
  const rests = async (runId: string, leftMs: number): Promise<boolean> => {
    const run = await db
      .selectFrom('process.run')
      .select(['state', 'ended_at'])
      .select(sql<boolean>`coalesce(due_at > now() + ${leftMs} * interval '1 millisecond', false)`.as('later'))
      .where('id', '=', runId)
      .executeTakeFirst();
    return run === undefined || run.ended_at !== null || RESTS.has(run.state) || run.later;
  };

  /** Resolves when the run is told of, the time is over or nobody waits any more. */
  const told = (runId: string, ms: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const wakers = waiting.get(runId) ?? new Set();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        wakers.delete(wake);
        if (wakers.size === 0) waiting.delete(runId);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake, { once: true });
      wakers.add(wake);
      waiting.set(runId, wakers);
    });

  return {
    ended(runId) {
      for (const wake of waiting.get(runId) ?? []) wake();
    },
    async wait(runId, ms, signal) {
      const deadline = performance.now() + ms;
      for (;;) {
        const leftMs = deadline - performance.now();
        if (leftMs <= 0 || signal?.aborted) return;
        // What ends here is told; it may be put away meanwhile, so nothing is waited for without end.
        if (isHere(runId)) await told(runId, leftMs, signal);
        else if (await rests(runId, leftMs)) return;
        else await told(runId, Math.min(POLL_MS, leftMs), signal);
      }
    },
  };
}
