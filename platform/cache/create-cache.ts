import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { createMemoryCache } from './memory-cache.ts';
import type { RecordCache } from './record-cache.ts';
import { createRedisCache } from './redis-cache.ts';

/** The record cache: in memory, and shared by Redis where its URL is given. */
export function createCache({
  redisUrl,
  clock,
  log,
}: {
  redisUrl: string | null;
  clock: Clock;
  log: Logger;
}): RecordCache {
  return redisUrl === null ? createMemoryCache({ clock }) : createRedisCache({ url: redisUrl, clock, log });
}
