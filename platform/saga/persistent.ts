import { HubError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** SQLSTATE classes of a database that is away or restarting: 08 connection, 57P0x shutdown, 53 resources. */
const AWAY = /^(08...|57P0[1-3]|53...)$/;
const NETWORK: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** Whether the database could not be reached, rather than refused the statement. */
export function databaseIsAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return AWAY.test(code) || NETWORK.has(code);
  return /connection terminated|timeout exceeded when trying to connect|client has encountered/i.test(String(message));
}

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
    if (!databaseIsAway(error)) throw error;
    throw new HubError(
      'UNAVAILABLE',
      "the hub's own database cannot be reached; repeat the request with the same key",
      {
        system: 'HUB',
        cause: error,
      },
    );
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
