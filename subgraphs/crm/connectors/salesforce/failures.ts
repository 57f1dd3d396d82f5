import type { z } from 'zod';
import { HubError } from '../../../../platform/errors.ts';
import { retryAfterMs } from '../../../../platform/http/retry-after.ts';
import { Problems } from './wire.ts';

export const SYSTEM = 'CRM';

/** What the daily quota asks for when it is used up: it comes back bit by bit over the day. */
const QUOTA_PAUSE_MS = 60_000;

/** Codes with which Salesforce says no to a change for reasons of the business or of the record. */
const REFUSALS: ReadonlySet<string> = new Set([
  'FIELD_CUSTOM_VALIDATION_EXCEPTION',
  'FIELD_FILTER_VALIDATION_EXCEPTION',
  'FIELD_INTEGRITY_EXCEPTION',
  'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  'INVALID_CROSS_REFERENCE_KEY',
  'INVALID_EMAIL_ADDRESS',
  'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
  'DELETE_FAILED',
  'DUPLICATE_VALUE',
  'DUPLICATES_DETECTED',
  'ENTITY_IS_LOCKED',
  'INACTIVE_OWNER_OR_USER',
  'NUMBER_OUTSIDE_VALID_RANGE',
  'REQUIRED_FIELD_MISSING',
  'STRING_TOO_LONG',
  'TRANSFER_REQUIRES_READ',
]);

/** Texts of these codes are written by the org's administrator for people; the others may quote customer data. */
const READABLE = 'FIELD_CUSTOM_VALIDATION_EXCEPTION';

export interface Failure {
  readonly status: number;
  /** The body as it came. */
  readonly body: unknown;
  readonly retryAfter?: string | undefined;
  readonly write: boolean;
}

/** The vendor's own code of a failed answer; null where it sent none. */
export function reasonOf(body: unknown): string | null {
  const problems = Problems.safeParse(body);
  return problems.success ? (problems.data[0]?.errorCode ?? null) : null;
}

/** What an answer that is no success means (REST API Developer Guide v66.0, "Status Codes and Error Responses"). */
export function failureOf({ status, body, retryAfter, write }: Failure): HubError {
  const problems = Problems.safeParse(body);
  const first = problems.success ? problems.data[0] : undefined;
  const reason = first?.errorCode ?? `HTTP ${status}`;
  const about = { system: SYSTEM, reason };

  if (reason === 'REQUEST_LIMIT_EXCEEDED' || status === 429) {
    return new HubError('THROTTLED', `${SYSTEM} takes no more requests for now (${reason})`, {
      ...about,
      retryAfterMs: retryAfterMs(retryAfter) ?? QUOTA_PAUSE_MS,
    });
  }
  if (reason === 'UNABLE_TO_LOCK_ROW') {
    return new HubError('UNAVAILABLE', `${SYSTEM} is changing the same record just now; nothing was written`, about);
  }
  if (status === 401 || status === 403) {
    return new HubError('CREDENTIAL', `${SYSTEM} does not let the hub's user do this (${reason})`, about);
  }
  if (status >= 500) {
    return write
      ? new HubError('IN_DOUBT', `${SYSTEM} failed while writing (${reason}); it may have happened`, about)
      : new HubError('UNAVAILABLE', `${SYSTEM} failed to answer (${reason})`, about);
  }
  if (REFUSALS.has(reason)) {
    const said = reason === READABLE && first ? first.message : reason;
    const fields = first?.fields?.length ? ` on ${first.fields.join(', ')}` : '';
    return new HubError('REFUSED', `${SYSTEM} refuses the change${fields}: ${said}`, about);
  }
  if (status === 404) return new HubError('NOT_FOUND', `${SYSTEM} holds no such record (${reason})`, about);
  return new HubError('CONTRACT_BROKEN', `${SYSTEM} does not understand what the hub asks of it (${reason})`, about);
}

/** Reads what the vendor sent. @throws CONTRACT_BROKEN naming the field, never its value */
export function read<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = [what, ...(issue?.path ?? [])].join('.');
  return broken(`${field}: ${issue?.code === 'invalid_type' ? `expected ${issue.expected}` : 'not as agreed'}`, field);
}

/** @throws CONTRACT_BROKEN */
export function broken(what: string, field?: string): never {
  throw brokenContract(what, field);
}

export const brokenContract = (what: string, field?: string): HubError =>
  new HubError('CONTRACT_BROKEN', `${SYSTEM} sent what it never promised (${what})`, {
    system: SYSTEM,
    ...(field === undefined ? {} : { field }),
  });
