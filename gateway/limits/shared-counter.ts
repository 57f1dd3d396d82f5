import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../platform/log.ts';
import type { Counter, Take, Took } from './counter.ts';
import type { LocalCounter } from './local-counter.ts';
import { leftOf, WINDOW_MS } from './window.ts';

/** Longest wait for Redis; then this process counts alone. */
const COMMAND_TIMEOUT_MS = 50;
/** How long Redis is left alone after it did not answer. */
const ALONE_MS = 1_000;
/** A place whose process died is free again after this: longer than any request may take. */
const LEASE_MS = 90_000;

/**
 * Takes points and a place in one step. Redis's own time, so that processes whose clocks differ count in one window.
 * KEYS: count, places. ARGV: window, limit, points, most places (0: none is wanted), lease, its life.
 */
const TAKE = `
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
local span, limit, points, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local window = math.floor(at / span)
local elapsed = at - window * span
local kept = redis.call('HMGET', KEYS[1], 'window', 'now', 'before')
local now, before = 0, 0
if tonumber(kept[1]) == window then now, before = tonumber(kept[2]), tonumber(kept[3])
elseif tonumber(kept[1]) == window - 1 then before = tonumber(kept[2]) end
local allowed = points == 0 or now + before * (1 - elapsed / span) + points <= limit
if allowed and points > 0 then
  now = now + points
  redis.call('HSET', KEYS[1], 'window', string.format('%.0f', window), 'now', string.format('%.0f', now), 'before', string.format('%.0f', before))
  redis.call('PEXPIRE', KEYS[1], span * 2)
end
local placed = 0
if allowed and most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', at))
  if redis.call('ZCARD', KEYS[2]) < most then
    redis.call('ZADD', KEYS[2], string.format('%.0f', at + ARGV[6]), ARGV[5])
    redis.call('PEXPIRE', KEYS[2], ARGV[6])
    placed = 1
  end
end
return { allowed and 1 or 0, placed, now, before, elapsed }`;

interface TakeCommand {
  takeOfLimit(
    countKey: string,
    placesKey: string,
    ...rest: (string | number)[]
  ): Promise<[allowed: number, placed: number, now: number, before: number, elapsedMs: number]>;
}

const countKey = (key: string) => `concord:limit:{${key}}:count`;
const placesKey = (key: string) => `concord:limit:{${key}}:places`;

/**
 * Counts for all processes together, in Redis. What is taken is noted in this process too: while Redis is away or slow it
 * holds the limit alone, and never lets go of it.
 */
export function createSharedCounter(options: {
  url: string;
  local: LocalCounter;
  log: Logger;
  windowMs?: number;
}): Counter {
  const { local, log, windowMs = WINDOW_MS } = options;
  const redis = new Redis(options.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times: number) => Math.min(times * 200, 2_000),
  });
  redis.defineCommand('takeOfLimit', { numberOfKeys: 2, lua: TAKE });
  const counting = redis as unknown as TakeCommand; // defined in the line above; its answer is the script's last line
  let aloneUntil = 0;
  let complained = false;
  const complain = (error: unknown) => {
    if (!complained) log.warn({ err: error }, 'limits are counted in each process alone while Redis does not answer');
    complained = true;
  };
  redis.on('error', complain);
  redis.on('ready', () => {
    complained = false;
  });

  /** Who is over a limit is told so from here until it can be otherwise: refusing must cost next to nothing. */
  const over = new LRUCache<string, { readonly took: Took; readonly until: number; readonly points: number }>({
    max: 10_000,
  });

  function knownOver({ key, limit, points }: Take): Took | null {
    const known = over.get(key);
    const ms = known === undefined ? 0 : known.until - performance.now();
    if (known === undefined || ms <= 0 || known.took.left.limit !== limit || points < known.points) return null;
    return { placed: false, left: { ...known.took.left, retryAfterMs: ms } };
  }

  async function ask({ key, limit, points, place }: Take): Promise<Took | null> {
    if (redis.status !== 'ready' || performance.now() < aloneUntil) return null;
    try {
      const [allowed, placed, now, before, elapsedMs] = await counting.takeOfLimit(
        ...([countKey(key), placesKey(key)] as const),
        ...[windowMs, limit, points, place?.of ?? 0, place?.lease ?? '', LEASE_MS],
      );
      return {
        left: leftOf({ now, before, elapsedMs }, limit, points, allowed === 1, windowMs),
        placed: placed === 1,
      };
    } catch (error) {
      complain(error);
      aloneUntil = performance.now() + ALONE_MS;
      return null;
    }
  }

  function giveBack(key: string, lease: string): void {
    if (redis.status === 'ready') redis.zrem(placesKey(key), lease).catch(() => undefined); // else its lease runs out
  }

  return {
    async take(wanted) {
      const refused = knownOver(wanted);
      if (refused !== null) return refused;
      const took = await ask(wanted);
      if (took === null) {
        const alone = await local.take(wanted);
        if (!alone.placed && wanted.place !== undefined) giveBack(wanted.key, wanted.place.lease); // Redis may only be late
        return alone;
      }
      if (took.left.allowed) local.note(wanted, took.placed);
      else {
        const until = performance.now() + took.left.retryAfterMs;
        over.set(wanted.key, { took, until, points: wanted.points });
      }
      return took;
    },
    leave(key, lease) {
      local.leave(key, lease);
      giveBack(key, lease);
    },
    async close() {
      redis.disconnect();
    },
  };
}
