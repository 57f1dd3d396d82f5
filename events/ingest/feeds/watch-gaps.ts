import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../../platform/log.ts';
import type { Gap, SourceHealth } from './source-health.ts';

const LOOK_EVERY_MS = 15_000;

const SAYS: Readonly<Record<Gap, string>> = {
  NOT_POLLED: 'a source could not be polled for a while: its changes are missing until it can',
  BEHIND: 'a source told more than was applied yet',
  SILENT: 'a source told nothing for longer than is believable: look at its webhooks, and at the rights of its feed',
};

/** Says in the log when a source begins to lack something, and when that is over. `last` is what it saw then. */
export function watchGaps(
  health: () => Promise<readonly SourceHealth[]>,
  log: Logger,
  everyMs = LOOK_EVERY_MS,
): { last(): readonly SourceHealth[]; close(): Promise<void> } {
  const stop = new AbortController();
  const gaps = new Map<string, Gap>();
  let last: readonly SourceHealth[] = [];
  const look = async (): Promise<void> => {
    last = await health();
    for (const { source, gap, lastChangeAt, lastPollAt, waiting, problem } of last) {
      const before = gaps.get(source) ?? null;
      if (gap === before) continue;
      const about = { source, gap: gap ?? before, lastChangeAt, lastPollAt, waiting, problem };
      if (gap === null) {
        gaps.delete(source);
        log.info(about, 'a source lacks nothing any more');
      } else {
        gaps.set(source, gap);
        log.warn(about, SAYS[gap]);
      }
    }
  };
  const watching = (async () => {
    while (!stop.signal.aborted) {
      await look().catch((error) => log.warn({ err: error }, 'how the sources stand cannot be read'));
      await delay(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined); // woken early to stop
    }
  })();
  return {
    last: () => last,
    close: async () => {
      stop.abort();
      await watching;
    },
  };
}
