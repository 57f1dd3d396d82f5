import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../config.ts';

/** How long what a system said may be shown, beside what the schema declares (`@data(maxAgeSeconds)`). */
export interface CacheLife {
  /** Longest that anything may be shown unmarked, whatever the schema declares. 0: nothing is kept. Default: as declared. */
  readonly longestSeconds: number;
  /**
   * How long after its declared life a value is still shown, marked STALE, while it is being refreshed; at most as long again as
   * it was declared to live. 0: whoever asks waits for the new one. Default 60 s.
   */
  readonly revalidateSeconds: number;
  /** How long after its declared life it may stand in, marked STALE, for a system that does not answer. Default 600 s. */
  readonly staleSeconds: number;
  /** Refreshes that come due within this time go to the system as one batch. Default 250 ms. */
  readonly gatherMs: number;
}

export const DEFAULT_LIFE: CacheLife = Object.freeze({
  longestSeconds: 86_400,
  revalidateSeconds: 60,
  staleSeconds: 600,
  gatherMs: 250,
});

/** That there is nothing is believed for so long at most: what is made next would else stay unseen. */
export const NEGATIVE_SECONDS = 30;

/** For how long a value may be shown unmarked. */
export const lifeMs = (value: unknown, maxAgeSeconds: number): number =>
  1_000 * (value === null ? Math.min(maxAgeSeconds, NEGATIVE_SECONDS) : maxAgeSeconds);

const SHAPE = z.object({
  HUB_CACHE_LONGEST_SECONDS: intBetween(0, 86_400).default(DEFAULT_LIFE.longestSeconds),
  HUB_CACHE_REVALIDATE_SECONDS: intBetween(0, 3_600).default(DEFAULT_LIFE.revalidateSeconds),
  HUB_CACHE_STALE_SECONDS: intBetween(0, 86_400).default(DEFAULT_LIFE.staleSeconds),
});

/** Reads `HUB_CACHE_LONGEST_SECONDS`, `HUB_CACHE_REVALIDATE_SECONDS` and `HUB_CACHE_STALE_SECONDS`. @throws ConfigError */
export function cacheLife(env: Environment): CacheLife {
  const read = readConfig(SHAPE, env);
  return Object.freeze({
    longestSeconds: read.HUB_CACHE_LONGEST_SECONDS,
    revalidateSeconds: read.HUB_CACHE_REVALIDATE_SECONDS,
    staleSeconds: read.HUB_CACHE_STALE_SECONDS,
    gatherMs: DEFAULT_LIFE.gatherMs,
  });
}
