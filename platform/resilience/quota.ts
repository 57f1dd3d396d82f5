import type { Work } from '../call.ts';
import type { Clock } from '../clock.ts';
import { type Bucket, bucketOf, type Rate, reserveOf } from './rate.ts';

/** A vendor's grant of requests, used up by whoever asks it. */
export interface Quota {
  /** Takes one request. Answers 0, or how many ms to wait before asking again where nothing was taken. */
  take(work: Work): Promise<number>;
  /** Whole requests that could be made at once, as last seen. */
  readonly left: number;
  readonly rate: Rate;
}

/** A quota that this process holds alone. */
export interface LocalQuota extends Quota {
  /** Notes a request that was granted elsewhere, so that counting can go on here. */
  note(): void;
}

export function createLocalQuota(rate: Rate, clock: Clock): LocalQuota {
  const bucket: Bucket = bucketOf(rate);
  let tokens = bucket.burst;
  let at = clock.now();
  const fill = () => {
    const now = clock.now();
    tokens = Math.min(bucket.burst, tokens + Math.max(0, now - at) * bucket.perMs);
    at = now;
  };
  return {
    rate,
    get left() {
      fill();
      return Math.max(0, Math.floor(tokens));
    },
    async take(work) {
      fill();
      const short = 1 + reserveOf(work, bucket) - tokens;
      if (short > 1e-9) return Math.max(1, Math.ceil(short / bucket.perMs));
      tokens -= 1;
      return 0;
    },
    note() {
      fill();
      tokens = Math.max(0, tokens - 1);
    },
  };
}
