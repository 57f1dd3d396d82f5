import type { Call } from '../call.ts';
import { endingWith } from '../ending-with.ts';
import { attempt } from '../resilience/attempt.ts';
import type { Source } from '../resilience/source.ts';
import type { ChangeFeed, Cursor, FeedPage } from './change-feed.ts';

/** What a feed asks of its system, beside the methods of the system's port. */
const CAPABILITY = 'changes';

/**
 * A feed within what its system grants all who ask it: places, breakers, quota and pauses are those of the system's port. It
 * goes behind everybody for whose answer somebody waits. A read that is refused is tried again by the next poll.
 */
export function sharedFeed(feed: ChangeFeed, source: Source): ChangeFeed {
  const capability = source.capability(CAPABILITY);
  return {
    ...feed,
    read: (cursor, call) =>
      attempt((admitted) => readWhole(feed, cursor, admitted), { ...call, work: 'BACKGROUND' }, source, capability),
  };
}

/** One request that fails ends those beside it: a system that asks to wait gets no more of them. */
async function readWhole(feed: ChangeFeed, cursor: Cursor | null, call: Call): Promise<FeedPage> {
  const over = endingWith(call.signal);
  try {
    return await feed.read(cursor, { ...call, signal: over.signal });
  } finally {
    over.end();
    over.release();
  }
}
