import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type Clock, instant } from '../../../platform/clock.ts';
import { errorCode, HubError } from '../../../platform/errors.ts';
import type { ChangeFeed } from '../../../platform/feeds/change-feed.ts';
import { newCorrelationId } from '../../../platform/ids.ts';
import type { Logger } from '../../../platform/log.ts';
import { pause } from '../../../platform/pause.ts';
import type { IngestTables } from '../tables.ts';
import { FeedTaken, type Hold, keepPage, knowFeed, letGo, pollEnded, pollFailed, takeFeed } from './feed-store.ts';

/** Most pages of one poll; a feed that has more is polled again at once. */
const MOST_PAGES = 20;
/** Longest that one page may take. */
const PAGE_WITHIN_MS = 20_000;
/** Longest wait after failures in a row; doubled from the interval on. */
const LONGEST_BACK_OFF_MS = 300_000;
/** A feed that another process polls, or that is due far off, is looked at again after so long. */
const LOOK_AGAIN_MS = 5_000;

export interface PollOptions {
  readonly db: Kysely<IngestTables>;
  readonly feed: ChangeFeed;
  readonly everySeconds: number;
  /** Whether the vendor sends webhooks as well: what is found here first was missed by them. */
  readonly besideWebhooks: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when there is something new to apply. */
  readonly wake: () => void;
}

/** Polls a feed until it is closed. Of several processes on one database one does so at a time. */
export function pollFeed(options: PollOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const { db, feed, log } = options;
  const polling = (async () => {
    let known = false;
    while (!stop.signal.aborted) {
      let waitMs = LOOK_AGAIN_MS;
      try {
        if (!known) await knowFeed(db, feed.name);
        known = true;
        waitMs = await pollOnce(options, stop.signal);
      } catch (error) {
        if (!stop.signal.aborted)
          log.warn({ err: error, feed: feed.name }, 'a feed cannot be polled: the database is away');
      }
      await pause(Math.min(waitMs, LOOK_AGAIN_MS), stop.signal);
    }
  })();
  return {
    close: async () => {
      stop.abort();
      await polling;
      await feed.close();
    },
  };
}

/** Polls the feed if it is due. Answers after how many milliseconds it is worth asking again. @throws what the database throws */
export async function pollOnce(options: PollOptions, signal: AbortSignal): Promise<number> {
  const { db, feed, everySeconds, log } = options;
  const hold = await takeFeed(db, feed.name, randomUUID());
  if ('waitMs' in hold) return hold.waitMs;
  try {
    const behind = await readPages(options, hold, signal);
    await pollEnded(db, hold, { behind, everySeconds });
    if (hold.failures > 0) log.info({ feed: feed.name, failures: hold.failures }, 'a feed answers again');
    return behind ? 0 : everySeconds * 1_000;
  } catch (error) {
    if (error instanceof FeedTaken) return LOOK_AGAIN_MS;
    if (signal.aborted) {
      await letGo(db, hold);
      return 0;
    }
    const againInMs = backOffMs(everySeconds, hold.failures, error);
    const problem = (error as Error).message.slice(0, 300);
    log.warn(
      { feed: feed.name, failures: hold.failures + 1, againInMs, code: errorCode(error), problem },
      'a poll failed',
    );
    await pollFailed(db, hold, { problem, againInMs });
    return againInMs;
  }
}

/** Answers whether there is more than one poll may read. */
async function readPages(options: PollOptions, hold: Hold, signal: AbortSignal): Promise<boolean> {
  const { db, feed, besideWebhooks, clock, log, wake } = options;
  let { cursor } = hold;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const call = {
      correlationId: newCorrelationId(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(PAGE_WITHIN_MS)]),
      work: 'BACKGROUND',
    } as const;
    const page = await feed.read(cursor, call);
    const now = instant(clock);
    const { found, missed } = await keepPage(db, hold, page, { besideWebhooks, now });
    if (found > 0) wake();
    if (missed > 0)
      log.warn({ feed: feed.name, missed }, 'webhooks did not come; what they would have told was caught up');
    if (!page.more) return false;
    ({ cursor } = page);
  }
  return true;
}

/** What the vendor asks for, or its quota does; after other failures longer with each in a row. */
function backOffMs(everySeconds: number, failures: number, error: unknown): number {
  const asked = error instanceof HubError ? (error.retryAfterMs ?? 0) : 0;
  // Who says when to come again is believed: it would be starved by waiting longer each time.
  if (errorCode(error) === 'THROTTLED' && asked > 0) return Math.max(asked, everySeconds * 1_000);
  return Math.max(asked, Math.min(everySeconds * 1_000 * 2 ** Math.min(failures, 16), LONGEST_BACK_OFF_MS));
}
