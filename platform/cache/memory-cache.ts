import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { CachedRecord, RecordCache } from './record-cache.ts';

interface Kept {
  readonly record: CachedRecord;
  readonly keepUntil: number;
}

/** Records in this process, at most `maxRecords`; the least used go first. */
export function createMemoryCache({ clock, maxRecords = 50_000 }: { clock: Clock; maxRecords?: number }): RecordCache {
  const keysOf = new Map<string, Set<string>>();
  /** Subjects forgotten lately, so that a read that began before does not bring the old value back. */
  const forgotten = new LRUCache<string, number>({ max: 10_000 });
  const kept = new LRUCache<string, Kept>({
    max: maxRecords,
    dispose: ({ record }, key) => {
      const keys = keysOf.get(record.subject);
      keys?.delete(key);
      if (keys?.size === 0) keysOf.delete(record.subject);
    },
  });

  return {
    async get(keys) {
      const now = clock.now();
      return keys.map((key) => {
        const entry = kept.get(key);
        return entry && entry.keepUntil > now ? entry.record : undefined;
      });
    },
    async set(entries, readAt) {
      for (const { key, record, keepSeconds } of entries) {
        if ((forgotten.get(record.subject) ?? Number.NEGATIVE_INFINITY) >= readAt) continue;
        kept.set(key, { record, keepUntil: clock.now() + keepSeconds * 1000 });
        const keys = keysOf.get(record.subject) ?? new Set();
        keysOf.set(record.subject, keys.add(key));
      }
    },
    async forget(subjects) {
      for (const subject of subjects) {
        forgotten.set(subject, clock.now());
        for (const key of [...(keysOf.get(subject) ?? [])]) kept.delete(key);
      }
    },
    claim: async (keys) => keys,
    async close() {
      kept.clear();
    },
  };
}
