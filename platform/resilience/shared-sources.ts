import type { Work } from '../call.ts';
import type { Logger } from '../log.ts';
import { createImpatientRedis, hearing } from '../redis/impatient-redis.ts';
import type { LocalQuota, Quota } from './quota.ts';
import { bucketOf, type Rate, reserveOf } from './rate.ts';

/** What all processes know of a system together: how much of its quota is used up, and until when it asked to be left alone. */
export interface SharedSources {
  /** Counts for all processes; while Redis is away each counts alone by `local`, which is told of all that this one takes. */
  quota(source: string, rate: Rate, local: LocalQuota): Quota;
  /** Tells every process to leave the source alone for so long. */
  pause(source: string, ms: number): void;
  /** Calls back whenever the source is to be left alone, also with what was told before this process could hear it. */
  onPause(source: string, heard: (ms: number) => void): void;
  close(): void;
}

const CHANNEL = 'concord:sources:pause';
const pauseKey = (source: string) => `concord:source:{${source}}:pause`;
const quotaKey = (source: string) => `concord:source:{${source}}:quota`;

/** By Redis's own time. KEYS: the bucket. ARGV: what it holds, what comes back in a ms, tokens that must be there. */
const TAKE = `
local time = redis.call('TIME')
local at = time[1] * 1000 + time[2] / 1000
local burst, perMs, need = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = burst
if kept[1] then tokens = math.min(burst, tonumber(kept[1]) + math.max(0, at - tonumber(kept[2])) * perMs) end
local wait = 0
if tokens + 0.000001 < need then wait = math.max(1, math.ceil((need - tokens) / perMs)) else tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.3f', at))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / perMs) + 1000)
return { wait, math.max(0, math.floor(tokens)) }`;

/** Keeps the longer one of two pauses. */
const PAUSE = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
redis.call('PUBLISH', ARGV[2], ARGV[3])`;

export function createSharedSources({ url, log }: { url: string; log: Logger }): SharedSources {
  const listeners = new Map<string, (ms: number) => void>();
  const askAll = () => {
    for (const source of listeners.keys()) void ask(source);
  };
  const redis = createImpatientRedis({
    url,
    what: 'quotas and pauses of systems are kept',
    log,
    onReady: askAll,
  });
  async function ask(source: string): Promise<void> {
    const ms = await redis.tried((client) => client.pttl(pauseKey(source)), 0);
    if (ms > 0) listeners.get(source)?.(ms);
  }
  const heard = (message: string) => {
    const { source, ms } = JSON.parse(message) as { source: string; ms: number }; // only `pause` below publishes here
    listeners.get(source)?.(ms);
  };
  const channel = hearing(url, CHANNEL, heard, askAll);

  return {
    quota: (source, rate, local) => {
      const bucket = bucketOf(rate);
      let left = bucket.burst;
      return {
        rate,
        get left() {
          return redis.usable() ? left : local.left;
        },
        async take(work: Work) {
          const need = 1 + reserveOf(work, bucket);
          const told = await redis.tried(
            (client) =>
              client.eval(TAKE, 1, quotaKey(source), bucket.burst, bucket.perMs, need) as Promise<[number, number]>, // its last line
            null,
          );
          if (told === null) return local.take(work);
          const [waitMs, tokens] = told;
          left = tokens;
          if (waitMs === 0) local.note();
          return waitMs;
        },
      };
    },
    pause(source, ms) {
      const message = JSON.stringify({ source, ms });
      void redis.tried((client) => client.eval(PAUSE, 1, pauseKey(source), ms, CHANNEL, message), null);
    },
    onPause(source, heard) {
      listeners.set(source, heard);
      void ask(source);
    },
    close() {
      redis.close();
      channel.disconnect();
    },
  };
}
