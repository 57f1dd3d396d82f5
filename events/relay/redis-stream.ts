import { Redis } from 'ioredis';
import { HubError } from '../../platform/errors.ts';
import type { EventStream } from './event-stream.ts';

/** How long one batch may take. */
const WITHIN_MS = 5_000;

/**
 * A Redis stream: an entry has the fields `id` (the event's own, by which a reader knows one that came twice), `type`, `orderkey`
 * and `event` (the CloudEvent as JSON). About the last `maxLength` entries are kept.
 */
export function redisStream(about: {
  readonly url: string;
  readonly key: string;
  readonly maxLength: number;
}): EventStream {
  const redis = new Redis(about.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: WITHIN_MS,
    connectTimeout: WITHIN_MS,
    retryStrategy: () => null, // connected anew by the next batch
  });
  redis.on('error', () => {}); // told to who asked
  return {
    name: `redis:${about.key}`,
    async add(events) {
      if (redis.status !== 'ready') await redis.connect();
      // All of them or none: an entry that went missing in the middle could only follow later ones.
      const all = redis.multi();
      for (const { event } of events) {
        const fields = { id: event.id, type: event.type, orderkey: event.orderkey, event: JSON.stringify(event) };
        all.xadd(about.key, 'MAXLEN', '~', about.maxLength, '*', ...Object.entries(fields).flat());
      }
      const results = await all.exec();
      const failed = results?.find(([error]) => error !== null)?.[0];
      if (results === null || failed != null) {
        throw new HubError('UNAVAILABLE', `the Redis stream ${about.key} did not take events`, { cause: failed });
      }
    },
    async close() {
      redis.disconnect();
    },
  };
}
