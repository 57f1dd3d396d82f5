import { setTimeout as delay } from 'node:timers/promises';

/** Waits, and no longer than until the signal says stop. It never throws: whoever waits looks at the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
