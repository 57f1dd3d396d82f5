import type { z } from 'zod';
import { HubError } from '../../../../platform/errors.ts';
import type { HttpResponse } from '../../../../platform/http/client.ts';
import { retryAfterMs } from '../../../../platform/http/retry-after.ts';
import { Problem } from './wire.ts';

export const SYSTEM = 'ERP';

/** What an answer other than 2xx means. Help: "Error Handling in REST Web Services". */
export function failureOf(response: HttpResponse, about: { write: boolean }): HubError {
  const { status } = response;
  const problem = problemOf(response);
  const details = { system: SYSTEM, reason: problem.code };
  if (status === 401 || status === 403) {
    return new HubError('CREDENTIAL', 'ERP does not accept the credential that the hub was given', details);
  }
  if (status === 429) {
    // it often says nothing: the requests of others end within a second
    const waitMs = retryAfterMs(response.headers['retry-after']) ?? 1_000;
    return new HubError('THROTTLED', 'ERP has as many requests as it takes at a time', {
      ...details,
      retryAfterMs: waitMs,
    });
  }
  if (status === 503 || (status >= 500 && !about.write) || status === 408) {
    return new HubError('UNAVAILABLE', 'ERP does not answer requests at the moment', details);
  }
  if (status >= 500) {
    return new HubError('IN_DOUBT', 'ERP failed while writing; it may have happened', details);
  }
  if (about.write) return new HubError('REFUSED', `ERP refused: ${problem.detail}`, details);
  return new HubError(
    'CONTRACT_BROKEN',
    'ERP does not take a question of the hub; a feature or a permission is missing',
    {
      ...details,
      field: problem.path,
      cause: new Error(problem.detail), // for the log; it may quote the question
    },
  );
}

/** A rule that NetSuite would only tell in words of its own, or not at all. */
export const refused = (why: string, field: string | undefined): HubError =>
  new HubError('REFUSED', `ERP refused: ${why}`, { system: SYSTEM, field });

/** Reads JSON as the vendor documents it. @throws CONTRACT_BROKEN naming the field, never its value */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw broken(issue?.path.join('.') || '(answer)', issue?.code);
}

/** Names the field, never its value. */
export const broken = (field: string, reason?: string): HubError =>
  new HubError('CONTRACT_BROKEN', 'ERP answered in a form it never promised', { system: SYSTEM, field, reason });

/** @throws CONTRACT_BROKEN when the body is no JSON */
export function jsonOf(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.text);
  } catch {
    throw new HubError('CONTRACT_BROKEN', 'ERP answered something that is no JSON', { system: SYSTEM });
  }
}

function problemOf(response: HttpResponse): { code?: string; detail: string; path?: string } {
  try {
    const problem = Problem.parse(JSON.parse(response.text));
    const first = problem['o:errorDetails']?.[0];
    const detail = (first?.detail ?? problem.title ?? 'it gave no reason').slice(0, 300);
    return { code: first?.['o:errorCode'], detail, path: first?.['o:errorPath'] };
  } catch {
    return { detail: 'it gave no reason' }; // a proxy's page, say; the status decides
  }
}
