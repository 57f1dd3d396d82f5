import { databaseAway, databaseIsAway } from '../db/away.ts';
import type { Logger } from '../log.ts';

/**
 * Repeats a statement until the database is back: a run in flight must not be lost because its journal is away for a
 * minute. Only for statements that may be said twice. Ends with the signal's reason when the process shuts down.
 */
export async function persistently<T>(statement: () => Promise<T>, signal: AbortSignal, log: Logger): Promise<T> {
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 1_000)) {
    try {
      return await statement();
    } catch (error) {
      if (!databaseIsAway(error)) throw error;
      log.warn({ waitMs, err: error }, 'the journal cannot be reached; trying again');
      await pause(waitMs, signal);
    }
  }
}

/** Tells a caller that the journal is away, instead of how: nothing was accepted, or it is found again under its key. */
export async function reachable<T>(statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    throw databaseIsAway(error) ? databaseAway(error) : error;
  }
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
