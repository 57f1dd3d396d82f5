import { setTimeout as delay } from 'node:timers/promises';

/** Does it again and again, each time so long after the last one ended, until it is stopped. It must not throw. */
export function every(ms: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let stopped = false;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const next = () => {
    timer = setTimeout(() => {
      working = work().then(() => {
        if (!stopped) next();
      });
    }, ms);
  };
  next();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return working;
    },
  };
}

const HOUR_MS = 3_600_000;

/** Does it now, and again each hour. What it throws is told, and it is tried again an hour later. */
export function nowAndHourly(work: () => Promise<void>, onError: (error: unknown) => void): { close(): Promise<void> } {
  const look = () => work().catch(onError);
  const first = look();
  const hourly = every(HOUR_MS, look);
  return {
    close: async () => {
      await Promise.all([first, hourly.stop()]);
    },
  };
}

/** Whether the work ended in time. It is not cut off; only nobody waits for it any more. @throws what it throws in time */
export async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([work.then(() => true), delay(ms, false, { signal: late.signal }).catch(() => false)]);
  } finally {
    late.abort();
  }
}
