import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../platform/log.ts';
import { sha256 } from './registry.ts';

/**
 * Texts of automatic persisted queries, for each graph apart: kept there because they are valid there. A text that is lost
 * costs its client one more request and nothing else, so nothing here ever fails a request.
 */
export interface KeptTexts {
  get(graph: string, hash: string): Promise<string | undefined>;
  /** The caller has made sure that `hash` is the SHA-256 of `text`, and that the text is valid in that graph. */
  keep(graph: string, hash: string, text: string): void;
  close(): Promise<void>;
}

/** Longer texts run, but are not kept. */
const LONGEST_TEXT = 32 * 1024;
/** Letters of all texts in this process together. */
const MOST_LETTERS = 16 * 1024 * 1024;
/** Texts of one graph in Redis; the oldest go first. With the longest texts that is 160 MB. */
const MOST_IN_REDIS = 5_000;
const KEPT_SECONDS = 24 * 60 * 60;
/** Longest wait for Redis: past it the text counts as not kept. */
const COMMAND_TIMEOUT_MS = 50;

/** In this process's memory, and shared by Redis where its URL is given. */
export function createKeptTexts({ redisUrl, log }: { redisUrl: string | null; log: Logger }): KeptTexts {
  const near = new LRUCache<string, string>({
    maxSize: MOST_LETTERS,
    sizeCalculation: (text, key) => text.length + key.length,
    ttl: KEPT_SECONDS * 1_000,
  });
  const far = redisUrl === null ? null : redisTexts(redisUrl, log);
  const keyOf = (graph: string, hash: string) => `${graph}:${hash}`;
  return {
    async get(graph, hash) {
      const key = keyOf(graph, hash);
      const kept = near.get(key);
      if (kept !== undefined || far === null) return kept;
      const text = await far.get(graph, hash);
      // Redis is shared with others: what is not the text of this hash is nobody's text.
      if (text === null || sha256(text) !== hash) return undefined;
      near.set(key, text);
      return text;
    },
    keep(graph, hash, text) {
      const key = keyOf(graph, hash);
      if (text.length > LONGEST_TEXT || near.has(key)) return;
      near.set(key, text);
      far?.keep(graph, hash, text);
    },
    async close() {
      near.clear();
      far?.close();
    },
  };
}

/** Keeps a text, and no more of them than allowed: those kept first go. */
const KEEP = `
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], KEYS[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[4])
if over > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], over)
  for at = 1, #oldest, 2 do redis.call('DEL', oldest[at]) end
end
return over`;

function redisTexts(url: string, log: Logger) {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  });
  let complained = false;
  redis.on('error', (error) => {
    if (!complained)
      log.warn({ error: error.message }, 'Redis does not answer; persisted queries are kept in memory alone');
    complained = true;
  });
  redis.on('ready', () => {
    complained = false;
  });
  // The braces keep the keys of one graph on one node of a cluster.
  const textKey = (graph: string, hash: string) => `concord:query:{${graph}}:${hash}`;
  const indexKey = (graph: string) => `concord:queries:{${graph}}`;
  return {
    async get(graph: string, hash: string): Promise<string | null> {
      if (redis.status !== 'ready') return null;
      return redis.get(textKey(graph, hash)).catch(() => null); // as if it were not kept
    },
    keep(graph: string, hash: string, text: string): void {
      if (redis.status !== 'ready') return;
      redis
        .eval(KEEP, 2, textKey(graph, hash), indexKey(graph), text, KEPT_SECONDS, Date.now(), MOST_IN_REDIS)
        .catch((error: Error) => log.debug({ error: error.message }, 'A persisted query could not be shared'));
    },
    close: () => redis.disconnect(),
  };
}
