import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import type { Counter, Take } from './counter.ts';
import { leftOf, type Usage, usedOf, WINDOW_MS } from './window.ts';

interface Count {
  window: number;
  now: number;
  before: number;
}

export interface LocalCounter extends Counter {
  /** Notes what was taken elsewhere for a caller of this process, so that counting can go on here. */
  note(taken: Take, placed: boolean): void;
}

/** Counts in this process alone. */
export function createLocalCounter({ clock, windowMs = WINDOW_MS }: { clock: Clock; windowMs?: number }): LocalCounter {
  const counts = new LRUCache<string, Count>({ max: 100_000 });
  const places = new Map<string, Set<string>>();

  function countOf(key: string, window: number): Count {
    const count = counts.get(key) ?? { window, now: 0, before: 0 };
    if (count.window !== window) {
      count.before = count.window === window - 1 ? count.now : 0;
      count.now = 0;
      count.window = window;
    }
    counts.set(key, count);
    return count;
  }

  function current(key: string): { count: Count; usage: Usage } {
    const at = clock.now();
    const window = Math.floor(at / windowMs);
    const count = countOf(key, window);
    return { count, usage: { now: count.now, before: count.before, elapsedMs: at - window * windowMs } };
  }

  function occupy(key: string, lease: string): void {
    const taken = places.get(key) ?? new Set();
    places.set(key, taken.add(lease));
  }

  return {
    async take({ key, limit, points, place }) {
      const { count, usage } = current(key);
      const allowed = points === 0 || usedOf(usage, windowMs) + points <= limit;
      const free = place !== undefined && (places.get(key)?.size ?? 0) < place.of;
      if (allowed) count.now += points;
      const placed = allowed && free;
      if (placed) occupy(key, place.lease);
      return { left: leftOf({ ...usage, now: count.now }, limit, points, allowed, windowMs), placed };
    },
    note({ key, points, place }, placed) {
      current(key).count.now += points;
      if (placed && place !== undefined) occupy(key, place.lease);
    },
    leave(key, lease) {
      const taken = places.get(key);
      taken?.delete(lease);
      if (taken?.size === 0) places.delete(key);
    },
    close: async () => {},
  };
}
