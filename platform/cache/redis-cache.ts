import DataLoader from 'dataloader';
import { Redis } from 'ioredis';
import type { Clock } from '../clock.ts';
import { fromJson, toJson } from '../json.ts';
import type { Logger } from '../log.ts';
import { createMemoryCache } from './memory-cache.ts';
import type { CachedRecord, RecordCache } from './record-cache.ts';

/** Longest wait for Redis: past it the request goes on as if nothing were kept. */
const COMMAND_TIMEOUT_MS = 50;
const FORGET_CHANNEL = 'concord:forget';
const recordKey = (key: string) => `concord:record:${key}`;
const subjectKey = (subject: string) => `concord:subject:${subject}`;
const forgottenKey = (subject: string) => `concord:forgotten:${subject}`;

/** Keeps a record and files it under its subject, unless the subject was forgotten after the read began. */
const SET_UNLESS_FORGOTTEN = `
local forgotten = redis.call('GET', KEYS[3])
if forgotten and tonumber(forgotten) >= tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SADD', KEYS[2], KEYS[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1`;

/**
 * Two levels: this process's memory, then Redis, shared by all processes. What one process forgets, all forget. While Redis
 * is away, slow or full the first level goes on alone; after a break in the forget channel it starts empty.
 */
export function createRedisCache({ url, clock, log }: { url: string; clock: Clock; log: Logger }): RecordCache {
  const near = createMemoryCache({ clock });
  const options = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times: number) => Math.min(times * 200, 2_000),
  };
  const redis = new Redis(url, { ...options, commandTimeout: COMMAND_TIMEOUT_MS });
  const channel = new Redis(url, { ...options, enableOfflineQueue: true, maxRetriesPerRequest: null });
  let complained = false;

  for (const client of [redis, channel]) {
    client.on('error', (error) => {
      if (!complained)
        log.warn({ error: error.message }, 'the shared cache (Redis) does not answer; going on with memory alone');
      complained = true;
    });
    client.on('ready', () => {
      complained = false;
    });
  }
  channel.on('close', () => void near.close()); // what others forget meanwhile is not heard: keep nothing that could be old
  channel.subscribe(FORGET_CHANNEL).catch(() => undefined); // tried again by ioredis at each reconnect
  channel.on('message', (_channel, message) => void near.forget(JSON.parse(message) as string[])); // only `forget` below publishes here

  /** Redis's answer, or the fallback when there is none in time: the cache never breaks a request. */
  async function tried<T>(run: () => Promise<T>, fallback: T): Promise<T> {
    if (redis.status !== 'ready') return fallback;
    try {
      return await run();
    } catch {
      return fallback;
    }
  }

  // What one turn asks is one command: the askers go on together, so that what they then ask of a system is one batch too.
  const kept = new DataLoader<string, string | null>(
    async (keys) => {
      const texts = await tried(() => redis.mget(keys.map(recordKey)), []);
      return keys.map((_key, at) => texts[at] ?? null);
    },
    { cache: false, maxBatchSize: 1_000 },
  );

  return {
    async get(keys) {
      const found = [...(await near.get(keys))];
      const missing = keys.flatMap((key, at) => (found[at] ? [] : [{ key, at }]));
      if (missing.length === 0) return found;
      const texts = await kept.loadMany(missing.map(({ key }) => key));
      const far = missing.flatMap(({ key, at }, index) => {
        const text = texts[index];
        return typeof text === 'string' ? [{ key, at, record: fromJson(text) as CachedRecord }] : []; // only `set` below writes these keys
      });
      for (const { at, record } of far) found[at] = record;
      const lifeSeconds = 600;
      for (const { key, record } of far) await near.set([{ key, record, keepSeconds: lifeSeconds }], record.storedAt);
      return found;
    },
    async set(entries, readAt) {
      await near.set(entries, readAt);
      await tried(async () => {
        const pipeline = redis.pipeline();
        for (const { key, record, keepSeconds } of entries) {
          const keys = [recordKey(key), subjectKey(record.subject), forgottenKey(record.subject)];
          pipeline.eval(SET_UNLESS_FORGOTTEN, 3, ...keys, toJson(record), keepSeconds, readAt);
        }
        await pipeline.exec();
      }, undefined);
    },
    async forget(subjects) {
      await near.forget(subjects);
      await tried(async () => {
        const marks = redis.pipeline();
        for (const subject of subjects) {
          marks.set(forgottenKey(subject), clock.now(), 'EX', 120);
          marks.smembers(subjectKey(subject));
        }
        const answers = (await marks.exec()) ?? [];
        const keys = answers.flatMap(([, answer]) => (Array.isArray(answer) ? (answer as string[]) : []));
        const drop = redis.pipeline();
        if (keys.length > 0) drop.del(...keys);
        drop.publish(FORGET_CHANNEL, JSON.stringify(subjects));
        await drop.exec();
      }, undefined);
    },
    async close() {
      await near.close();
      redis.disconnect();
      channel.disconnect();
    },
  };
}
