/**
 * What can go wrong, by what the caller can do about it.
 * - NOT_FOUND: no such thing. REFUSED: a business rule of the system said no; asking again will not help.
 * - NOT_OWNER: the caller does not act for the system of record. CONFLICT: somebody changed it meanwhile, or the key was used for other input.
 * - INVALID: the input is wrong. UNAVAILABLE: no answer could be had. TIMEOUT: none came in time (reads only).
 * - THROTTLED: the system asks to wait. CREDENTIAL: it does not accept the hub's credential.
 * - IN_DOUBT: a write got no answer; it may have happened. CONTRACT_BROKEN: it answered what it never promised.
 */
export type HubErrorCode =
  | 'NOT_FOUND'
  | 'REFUSED'
  | 'NOT_OWNER'
  | 'CONFLICT'
  | 'INVALID'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'THROTTLED'
  | 'CREDENTIAL'
  | 'IN_DOUBT'
  | 'CONTRACT_BROKEN';

export interface HubErrorDetails {
  /** System that failed or refused, as in the graph's `System`. */
  system?: string;
  /** How long the system asks to be left alone. */
  retryAfterMs?: number;
  /** Path of the input that is wrong. Example: `lines.0.quantity`. */
  field?: string;
  /** The system's own reason code, for operators. Example: `USER_ERROR`. */
  reason?: string;
  cause?: unknown;
}

/** Codes after which the same read, or the same write with the same key, may succeed. */
const RETRYABLE: ReadonlySet<HubErrorCode> = new Set(['UNAVAILABLE', 'TIMEOUT', 'THROTTLED', 'IN_DOUBT']);

/**
 * The one error type of the hub. The message is fit for the caller: what was asked, of whom, what to do next; it holds no
 * secret, no URL, no body. Branch on `code`, never on the class: a journaled error loses its class.
 */
export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly system: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;
  readonly reason: string | undefined;

  constructor(code: HubErrorCode, message: string, details: HubErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HubError';
    this.code = code;
    this.system = details.system;
    this.retryable = RETRYABLE.has(code);
    this.retryAfterMs = details.retryAfterMs;
    this.field = details.field;
    this.reason = details.reason;
  }
}

/** The code of any error; `undefined` for what is not a HubError, also after it went through the journal. */
export function errorCode(error: unknown): HubErrorCode | undefined {
  const code =
    (error as { name?: unknown; code?: unknown } | null)?.name === 'HubError' ? (error as HubError).code : undefined;
  return code;
}
