import type { GraphQLFormattedError } from 'graphql';
import { scrub } from '../../platform/mask/scrub.ts';

/** Codes whose message was written for callers. Whatever else comes out is a defect and is told in general words only. */
const PUBLIC: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
  'BATCHING_DISABLED',
  'INTROSPECTION_DISABLED',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'MAX_DEFINITIONS_LIMIT',
  'MAX_SELECTIONS_LIMIT',
  'MAX_DEPTH_LIMIT',
  'MAX_ALIASES_LIMIT',
  'MAX_ROOT_FIELDS_LIMIT',
  'MAX_DIRECTIVES_LIMIT',
  'VARIABLES_TOO_DEEP',
  'VARIABLES_TOO_LARGE',
  'MAX_BATCH_LIMIT',
  'COST_ESTIMATED_TOO_EXPENSIVE',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'FORBIDDEN_ARGUMENT',
  'FORBIDDEN_FIELD',
  'CONSENT_MISSING',
  'NOT_FOUND',
  'NOT_OWNER',
  'LIMIT_EXCEEDED',
  'SELF_APPROVAL',
  'REFUSED',
  'CONFLICT',
  'IN_DOUBT',
  'IN_PROGRESS',
  'IDEMPOTENCY_KEY_REUSED',
  'SOURCE_UNAVAILABLE',
  'SOURCE_TIMEOUT',
  'SOURCE_THROTTLED',
  'SOURCE_BUSY',
  'SOURCE_BAD_RESPONSE',
  'SOURCE_ERROR',
  'SOURCE_SCHEMA_MISMATCH',
  'GATEWAY_TIMEOUT',
  'UNAVAILABLE',
  'RATE_LIMITED',
  'MORE_ERRORS',
]);

/** Most errors in one answer; one more says how many were left out. */
const MOST_ERRORS = 10;

export interface ErrorPolicy {
  /** Names near to a misspelt one are told to developers only: they are a way to read the schema. */
  readonly suggestions: boolean;
  /** Called with what is kept from the caller. */
  readonly onDefect: (error: unknown) => void;
}

/**
 * The one policy on what of an error a caller reads: message, path, place in the document, and the extensions `code`,
 * `system`, `retryable`, `field`, `retryAfterSeconds`, and of a cost `cost` and `limit`, in points.
 */
export function createErrorFormat(policy: ErrorPolicy) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { path, locations, extensions = {} } = formatted;
    const { code, system, retryable, field, retryAfterSeconds, cost, limit } = extensions;
    const known = typeof code === 'string' && PUBLIC.has(code);
    if (!known) policy.onDefect(error);
    return {
      message: known
        ? told(formatted.message, policy)
        : 'The hub could not answer; the correlation id finds the reason in its log',
      ...(path ? { path } : {}),
      ...(known && locations ? { locations } : {}),
      extensions: {
        code: known ? code : 'INTERNAL_SERVER_ERROR',
        ...(typeof system === 'string' ? { system } : {}),
        retryable: retryable === true,
        ...(typeof field === 'string' ? { field } : {}),
        ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
        ...(typeof cost === 'number' ? { cost } : {}),
        ...(typeof limit === 'number' ? { limit } : {}),
      },
    };
  };
}

/** A message may repeat what a vendor said, or the caller: a value that is masked in data stays masked there too. */
const told = (message: string, { suggestions }: ErrorPolicy): string =>
  scrub(suggestions ? message : message.replace(/ ?Did you mean .*$/s, '').trimEnd());

/** At most ten errors, at least one of each kind that fits, and how many more there were. */
export function atMostTen(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  if (errors.length <= MOST_ERRORS) return errors;
  const kinds = new Set<string>();
  const firsts = errors.filter(({ extensions }) => {
    const kind = `${extensions?.code} ${extensions?.system}`;
    return !kinds.has(kind) && kinds.add(kind);
  });
  const shown = new Set([...firsts, ...errors].slice(0, MOST_ERRORS + firsts.length));
  const kept = [...shown].slice(0, MOST_ERRORS);
  const more = errors.length - kept.length;
  return [
    ...errors.filter((error) => kept.includes(error)),
    { message: `${more} more errors of the same kinds`, extensions: { code: 'MORE_ERRORS', retryable: false } },
  ];
}
