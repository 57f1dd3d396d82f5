import { errorCode, type HubError, type HubErrorCode } from './errors.ts';
import { scrub } from './mask/scrub.ts';

export type CauseClass =
  | 'SOURCE_VALIDATION'
  | 'MAPPING'
  | 'CREDENTIAL'
  | 'TIMEOUT'
  | 'RATE_LIMIT'
  | 'UNAVAILABLE'
  | 'POLICY'
  | 'BUSINESS_RULE'
  | 'IN_DOUBT'
  | 'UNDO_FAILED'
  | 'INTERNAL';

/** Why an attempt failed, in what the engine has to know of it. The message is journaled and told: it holds no personal value. */
export interface Failure {
  readonly code: HubErrorCode | 'INTERNAL';
  readonly causeClass: CauseClass;
  readonly message: string;
  /** A rule said no: the run is undone. Otherwise it is tried again, or waits for an operator. */
  readonly business: boolean;
  readonly retryable: boolean;
  /** Nothing took effect, for certain. */
  readonly withoutEffect: boolean;
  readonly retryAfterMs: number | null;
}

interface Verdict {
  causeClass: CauseClass;
  business: boolean;
  retryable: boolean;
  withoutEffect: boolean;
}

const refusal = (causeClass: CauseClass): Verdict => ({
  causeClass,
  business: true,
  retryable: false,
  withoutEffect: true,
});
/** Safe to repeat: every write carries a key that never takes effect twice. */
const trouble = (causeClass: CauseClass): Verdict => ({
  causeClass,
  business: false,
  retryable: true,
  withoutEffect: false,
});

const VERDICT = {
  REFUSED: refusal('BUSINESS_RULE'),
  CONFLICT: refusal('BUSINESS_RULE'),
  NOT_FOUND: refusal('BUSINESS_RULE'),
  INVALID: refusal('SOURCE_VALIDATION'),
  NOT_OWNER: refusal('POLICY'),
  UNAVAILABLE: trouble('UNAVAILABLE'),
  TIMEOUT: trouble('TIMEOUT'),
  IN_DOUBT: trouble('IN_DOUBT'),
  CONTRACT_BROKEN: trouble('MAPPING'),
  THROTTLED: { ...trouble('RATE_LIMIT'), withoutEffect: true },
  CREDENTIAL: { ...trouble('CREDENTIAL'), retryable: false, withoutEffect: true },
} as const satisfies Record<HubErrorCode, Verdict>;

/** Judges an error by its fields only: one that went through the journal has lost its class. */
export function failureOf(error: unknown): Failure {
  const { name, message } = error as { name?: unknown; message?: unknown };
  const code =
    errorCode(error) ?? (name === 'AbortError' || name === 'TimeoutError' ? ('IN_DOUBT' as const) : undefined);
  if (code === undefined) {
    return {
      code: 'INTERNAL',
      causeClass: 'INTERNAL',
      message: 'The hub failed; its log has the reason under the correlation id',
      business: false,
      retryable: false,
      withoutEffect: false,
      retryAfterMs: null,
    };
  }
  return {
    code,
    message: scrub(String(message)),
    ...VERDICT[code],
    retryAfterMs: (error as HubError).retryAfterMs ?? null,
  };
}

/** How often a failed attempt is repeated before the run waits for an operator. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Before the second attempt; each further wait is twice as long. */
  readonly firstWaitMs: number;
  /** Longest wait that a system may ask for before the run is parked instead. */
  readonly longestWaitMs: number;
  /** Time for one attempt. */
  readonly attemptTimeoutMs: number;
}

/** Five attempts over about fifteen seconds. */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  firstWaitMs: 1_000,
  longestWaitMs: 60_000,
  attemptTimeoutMs: 30_000,
};

/** How long to wait before the next attempt; null: there is none. */
export function waitBeforeNext(failure: Failure, attempt: number, policy: RetryPolicy): number | null {
  if (!failure.retryable || attempt >= policy.attempts) return null;
  const backoff = policy.firstWaitMs * 2 ** (attempt - 1);
  const wait = Math.max(backoff, failure.retryAfterMs ?? 0);
  return wait > policy.longestWaitMs ? null : wait;
}
