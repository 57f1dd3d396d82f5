import { GraphQLError } from 'graphql';
import { databaseAway, databaseIsAway } from '../db/away.ts';
import { HubError, type HubErrorCode } from '../errors.ts';

/** What a caller reads in `extensions` of an error; the gateway adds the correlation id. */
export interface PublicExtensions {
  readonly code: string;
  /** The system it is about, as in the graph's `System`; absent where it is about no system. */
  readonly system?: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Path of the input that is wrong. Example: `lines.0.quantity`. */
  readonly field?: string;
  /** Seconds to wait before asking again, where the system said so. */
  readonly retryAfterSeconds?: number;
}

/** The code that callers see. A refused credential is the hub's own trouble: for the caller the system is not available. */
const PUBLIC_CODE = {
  NOT_FOUND: 'NOT_FOUND',
  REFUSED: 'REFUSED',
  NOT_OWNER: 'NOT_OWNER',
  CONFLICT: 'CONFLICT',
  INVALID: 'BAD_USER_INPUT',
  UNAVAILABLE: 'SOURCE_UNAVAILABLE',
  TIMEOUT: 'SOURCE_TIMEOUT',
  THROTTLED: 'SOURCE_THROTTLED',
  CREDENTIAL: 'SOURCE_UNAVAILABLE',
  IN_DOUBT: 'IN_DOUBT',
  CONTRACT_BROKEN: 'SOURCE_BAD_RESPONSE',
} as const satisfies Record<HubErrorCode, string>;

const INTERNAL = 'The hub could not answer this part; the correlation id finds the reason in its log';

/**
 * Turns anything that was thrown into the error a caller may read: no cause, no stack, no text that was not written for
 * the caller. Keeps the path. Never throws.
 */
export function graphqlError(error: unknown): GraphQLError {
  const located = error instanceof GraphQLError ? error : undefined;
  const thrown = originOf(error);
  // The hub's own tables are read in many places; a database that is away is no defect of any of them.
  const origin = databaseIsAway(thrown) ? databaseAway(thrown) : thrown;
  const path = located?.path;
  if (origin instanceof HubError) {
    return new GraphQLError(origin.message, { path, extensions: { ...publicExtensions(origin) } });
  }
  const code = origin instanceof GraphQLError ? origin.extensions.code : undefined;
  if (located !== undefined && typeof code === 'string') {
    // Written for the caller by a resolver or a scalar, which named a code; GraphQL may have put the variable's name before it.
    return new GraphQLError(located.message, { path, extensions: writtenExtensions(located, code) });
  }
  return new GraphQLError(INTERNAL, { path, extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false } });
}

/** Whether the error is a defect, to be logged in full where it was caught; everything else is an answer. */
export const isDefect = (error: GraphQLError): boolean => error.extensions.code === 'INTERNAL_SERVER_ERROR';

/** What GraphQL wrapped: it puts a path around whatever a resolver threw, sometimes more than once. */
export function originOf(error: unknown): unknown {
  let origin = error;
  for (let depth = 0; depth < 8 && origin instanceof GraphQLError && origin.originalError !== undefined; depth++) {
    origin = origin.originalError;
  }
  return origin;
}

function publicExtensions(error: HubError): PublicExtensions {
  return {
    // A broken contract that names the field is a change of shape; without one the answer was no answer at all.
    code:
      error.code === 'CONTRACT_BROKEN' && error.field !== undefined
        ? 'SOURCE_SCHEMA_MISMATCH'
        : PUBLIC_CODE[error.code],
    ...(error.system === undefined ? {} : { system: error.system }),
    retryable: error.retryable,
    // The vendor's field name stays inside; the caller's own input path is what helps.
    ...(error.field === undefined || error.code === 'CONTRACT_BROKEN' ? {} : { field: error.field }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(error.retryAfterMs / 1_000) }),
  };
}

/** A resolver's own extensions, cut to the agreed ones. */
function writtenExtensions(error: GraphQLError, code: string): Record<string, unknown> {
  const { system, retryable, field } = error.extensions;
  return {
    code,
    ...(typeof system === 'string' ? { system } : {}),
    retryable: retryable === true,
    ...(typeof field === 'string' ? { field } : {}),
  };
}
