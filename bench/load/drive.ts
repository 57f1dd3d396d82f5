import { setTimeout as sleep } from 'node:timers/promises';

/** One request of a run, judged from when it was due and not from when it was sent: a caller waits from then on. */
export interface Sample {
  /** From the begin of the drive. */
  readonly dueMs: number;
  /** How late it was sent; large where the load generator was the one that was busy. */
  readonly lateMs: number;
  /** From when it was due until the answer was there whole. */
  readonly tookMs: number;
  /** Why the answer was not the right one; null: it was. */
  readonly wrong: string | null;
}

/** Answers why the answer was not right, null where it was. A rejection is a wrong answer. */
export type Send = (nr: number) => Promise<string | null>;

/**
 * Sends each request when it is due, however many are still unanswered: a hub that is slow is not asked less for it. Resolves
 * when all that was sent is answered. `until`: sends nothing more once it is aborted.
 */
export async function drive(dueMs: readonly number[], send: Send, until?: AbortSignal): Promise<Sample[]> {
  const begin = performance.now();
  const asked: Promise<Sample>[] = [];
  for (const [nr, due] of dueMs.entries()) {
    const wait = begin + due - performance.now();
    if (wait > 0) await sleep(wait, undefined, until === undefined ? {} : { signal: until }).catch(() => {});
    if (until?.aborted) break;
    asked.push(timed(nr, due));
  }
  return Promise.all(asked);

  async function timed(nr: number, due: number): Promise<Sample> {
    const lateMs = performance.now() - begin - due;
    const wrong = await send(nr).catch((error: unknown) => `no answer: ${String(error)}`);
    return { dueMs: due, lateMs, tookMs: performance.now() - begin - due, wrong };
  }
}
