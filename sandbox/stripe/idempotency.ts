import { StripeFault } from './errors.ts';

/** Stripe may forget a key after this long; the sandbox always does, so that nothing relies on it. */
const KEPT_SECONDS = 24 * 3_600;

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
}

/** Most keys that are kept at one time; a benchmark makes many. */
const MOST_KEYS = 20_000;

interface Entry {
  readonly fingerprint: string;
  readonly at: number;
  answer: StoredAnswer | null;
}

/** https://docs.stripe.com/api/idempotent_requests: the first answer of a key is kept, whatever it was, and given again. */
export interface IdempotencyKeys {
  /** The kept answer; null: the caller now holds the key and must `finish` or `release` it. @throws StripeFault 400, 409 */
  claim(key: string, fingerprint: string, now: number): StoredAnswer | null;
  finish(key: string, answer: StoredAnswer): void;
  /** Nothing was carried out: the key is as if never used. */
  release(key: string): void;
}

export function createIdempotencyKeys(): IdempotencyKeys {
  const entries = new Map<string, Entry>();
  return {
    claim(key, fingerprint, now) {
      if (key.length > 255) {
        throw new StripeFault(400, 'Idempotency keys can be at most 255 characters', { type: 'idempotency_error' });
      }
      const entry = entries.get(key);
      if (!entry || now - entry.at >= KEPT_SECONDS) {
        entries.delete(key); // so that it goes to the end
        entries.set(key, { fingerprint, at: now, answer: null });
        const [oldest] = entries.keys();
        if (entries.size > MOST_KEYS && oldest !== undefined) entries.delete(oldest);
        return null;
      }
      if (entry.fingerprint !== fingerprint) {
        throw new StripeFault(
          400,
          `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
          { type: 'idempotency_error' },
        );
      }
      if (!entry.answer) {
        throw new StripeFault(
          409,
          `There is currently another in-progress request using this Idempotent Key: ${key}. Please try again later.`,
          { type: 'idempotency_error', code: 'idempotency_key_in_use' },
        );
      }
      return entry.answer;
    },
    finish(key, answer) {
      const entry = entries.get(key);
      if (entry) entry.answer = answer;
    },
    release: (key) => {
      entries.delete(key);
    },
  };
}
