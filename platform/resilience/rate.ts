import { z } from 'zod';
import type { Work } from '../call.ts';

/** What a vendor grants: so many requests in each window of time. */
export interface Rate {
  readonly requests: number;
  readonly windowMs: number;
}

/** A bucket of tokens, one for each request. Full it holds `burst`; `perMs` come back. */
export interface Bucket {
  readonly burst: number;
  readonly perMs: number;
}

const WINDOW_MS = { s: 1_000, min: 60_000, h: 3_600_000, day: 86_400_000 } as const;
const PATTERN = /^(\d{1,9})\/(s|min|h|day)$/;

/** `25/s`, `700/min`, `100000/day`. */
export const rateText = z.string().transform((text, context): Rate => {
  const [, requests, unit] = PATTERN.exec(text.trim()) ?? [];
  if (requests !== undefined && unit !== undefined && Number(requests) >= 2) {
    return { requests: Number(requests), windowMs: WINDOW_MS[unit as keyof typeof WINDOW_MS] }; // of the pattern
  }
  context.addIssue('must be requests in a time, from 2, like 25/s, 700/min, 5000/h or 100000/day');
  return z.NEVER;
});

/** A fifth may go at once and the rest evenly: whichever window one looks at, it holds no more than the vendor grants. */
export function bucketOf({ requests, windowMs }: Rate): Bucket {
  const burst = Math.max(1, Math.floor(requests / 5));
  return { burst, perMs: (requests - burst) / windowMs };
}

/** Share of the bucket that work leaves to what goes before it. */
const LEAVES = { INTERACTIVE: 0, PROCESS: 0.1, BACKGROUND: 0.5 } as const satisfies Record<Work, number>;

/** Tokens that must stay in the bucket for others after a request of this kind; even a bucket of one lets everybody pass. */
export const reserveOf = (work: Work, { burst }: Bucket): number => Math.min(burst - 1, burst * LEAVES[work]);
