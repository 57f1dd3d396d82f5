import DataLoader from 'dataloader';
import type { Clock } from '../clock.ts';
import { fromJson, toJson } from '../json.ts';
import type { Logger } from '../log.ts';
import { createImpatientRedis, executed, hearing } from '../redis/impatient-redis.ts';
import { createMemoryCache } from './memory-cache.ts';
import type { CachedRecord, RecordCache } from './record-cache.ts';

const FORGET_CHANNEL = 'concord:forget';
/** Subjects by when they were forgotten, for who could not hear it. */
const FORGOTTEN_LATELY = 'concord:forgotten-lately';
const LATELY_MS = 3_600_000;
const recordKey = (key: string) => `concord:record:${key}`;
const claimKey = (key: string) => `concord:claim:${key}`;
const subjectKey = (subject: string) => `concord:subject:${subject}`;
const forgottenKey = (subject: string) => `concord:forgotten:${subject}`;

/** How long a process keeps what it read from Redis in its own memory. */
const NEAR_SECONDS = 600;
/** Subjects whose forgetting could not be told; past so many, others' records about them only age. */
const MOST_UNTOLD = 10_000;
/** What could not be told or heard is tried again after this time, so many subjects at once. */
const AGAIN_MS = 1_000;
const MOST_AT_ONCE = 500;

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
 * is away, slow or full the first level goes on alone, bounded by the declared age of what it has; what was forgotten meanwhile
 * is told and heard when Redis is back.
 */
export function createRedisCache({ url, clock, log }: { url: string; clock: Clock; log: Logger }): RecordCache {
  const near = createMemoryCache({ clock });
  const untold = new Set<string>();
  const redis = createImpatientRedis({
    url,
    what: 'records are kept',
    log,
    onReady: () => void tellUntold(),
  });
  // Redis may be late without ever having been away: then nothing tells that it is back.
  let again: NodeJS.Timeout | undefined;
  const soonAgain = () => {
    again ??= setTimeout(() => {
      again = undefined;
      void tellUntold();
      if (deaf && channel.status === 'ready') void catchUp();
    }, AGAIN_MS).unref();
  };
  const forget = (message: string) => void near.forget(JSON.parse(message) as string[]); // only `forgetFar` publishes here
  const channel = hearing(url, FORGET_CHANNEL, forget, () => void catchUp());
  // What others forget meanwhile is not heard, and looked up afterwards: till then what is near only ages.
  let heardUntil = clock.now();
  let deaf = false;
  channel.on('close', () => {
    if (!deaf) heardUntil = clock.now();
    deaf = true;
  });

  // What one turn asks is one command: the askers go on together, so that what they then ask of a system is one batch too.
  const kept = new DataLoader<string, string | null>(
    async (keys) => {
      const texts = await redis.tried((client) => client.mget(keys.map(recordKey)), []);
      return keys.map((_key, at) => texts[at] ?? null);
    },
    { cache: false, maxBatchSize: 1_000 },
  );

  async function catchUp(): Promise<void> {
    const since = heardUntil - 1_000; // clocks of processes differ a little
    const missed = await redis.tried((client) => client.zrangebyscore(FORGOTTEN_LATELY, since, '+inf'), null);
    if (missed === null) return soonAgain();
    if (channel.status === 'ready') deaf = false;
    if (missed.length > 0) await near.forget(missed);
  }

  async function tellUntold(): Promise<void> {
    await forgetFar([...untold].slice(0, MOST_AT_ONCE));
    if (untold.size > 0) soonAgain();
  }

  /** Tells Redis and through it the others; what it cannot tell it tells when Redis is back. */
  async function forgetFar(subjects: readonly string[]): Promise<void> {
    if (subjects.length === 0) return;
    const told = await redis.tried(async (client) => {
      const marks = client.pipeline();
      for (const subject of subjects) {
        marks.set(forgottenKey(subject), clock.now(), 'EX', 120);
        marks.smembers(subjectKey(subject));
        marks.zadd(FORGOTTEN_LATELY, clock.now(), subject);
      }
      marks.zremrangebyscore(FORGOTTEN_LATELY, '-inf', clock.now() - LATELY_MS);
      const answers = await executed(marks);
      const keys = answers.flatMap(([, answer]) => (Array.isArray(answer) ? (answer as string[]) : []));
      const drop = client.pipeline();
      if (keys.length > 0) drop.del(...keys);
      drop.publish(FORGET_CHANNEL, JSON.stringify(subjects));
      return (await executed(drop)).every(([error]) => error === null);
    }, false);
    for (const subject of subjects) {
      if (told) untold.delete(subject);
      else if (untold.size < MOST_UNTOLD) untold.add(subject);
    }
    if (!told) soonAgain();
  }

  return {
    async get(keys, good = () => true) {
      const found = [...(await near.get(keys))];
      const missing = keys.flatMap((key, at) => {
        const record = found[at];
        return record !== undefined && good(record) ? [] : [{ key, at }];
      });
      if (missing.length === 0 || !redis.usable()) return found;
      const texts = await kept.loadMany(missing.map(({ key }) => key));
      for (const [index, { key, at }] of missing.entries()) {
        const text = texts[index];
        if (typeof text !== 'string') continue;
        const record = fromJson(text) as CachedRecord; // only `set` below writes these keys
        if ((found[at]?.storedAt ?? Number.NEGATIVE_INFINITY) >= record.storedAt) continue;
        found[at] = record;
        await near.set([{ key, record, keepSeconds: NEAR_SECONDS }], record.storedAt);
      }
      return found;
    },
    async set(entries, readAt) {
      await near.set(entries, readAt);
      await redis.tried(async (client) => {
        const pipeline = client.pipeline();
        for (const { key, record, keepSeconds } of entries) {
          const keys = [recordKey(key), subjectKey(record.subject), forgottenKey(record.subject)];
          pipeline.eval(SET_UNLESS_FORGOTTEN, 3, ...keys, toJson(record), keepSeconds, readAt);
        }
        await executed(pipeline);
      }, undefined);
    },
    async forget(subjects) {
      await near.forget(subjects);
      await forgetFar(subjects);
    },
    async claim(keys, forMs) {
      return redis.tried(async (client) => {
        const pipeline = client.pipeline();
        for (const key of keys) pipeline.set(claimKey(key), '1', 'PX', forMs, 'NX');
        const answers = await executed(pipeline);
        // What is not to be had from Redis is refreshed by everybody: rather twice than never.
        return keys.filter(
          (_key, at) => answers[at] === undefined || answers[at][0] !== null || answers[at][1] === 'OK',
        );
      }, keys);
    },
    async close() {
      clearTimeout(again);
      await near.close();
      redis.close();
      channel.disconnect();
    },
  };
}
