import { HubError } from '../../../../platform/errors.ts';
import type { HttpResponse } from '../../../../platform/http/client.ts';
import { retryAfterMs } from '../../../../platform/http/retry-after.ts';
import { Refusal } from './wire.ts';

export const SYSTEM = 'SUPPORT';

/** What an answer other than 2xx means. https://developer.zendesk.com/api-reference/introduction/requests/ ("Response format") */
export function failureOf(response: HttpResponse, about: { write: boolean }): HubError {
  const { status } = response;
  const reason = refusalOf(response.text);
  const details = { system: SYSTEM, ...(reason ? { reason } : {}) };
  const waitMs = retryAfterMs(response.headers['retry-after']);
  const waiting = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  if (status === 401 || status === 403) {
    return new HubError('CREDENTIAL', 'Support does not accept the credential that the hub was given', details);
  }
  if (status === 404) return new HubError('NOT_FOUND', 'Support holds no such record', details);
  if (status === 409) {
    return new HubError('CONFLICT', 'Somebody changed the record in support meanwhile; read it again', details);
  }
  if (status === 429) {
    return new HubError('THROTTLED', 'Support asks to wait before the next request', { ...details, ...waiting });
  }
  if (status === 503 || (status >= 500 && !about.write) || status === 408) {
    return new HubError('UNAVAILABLE', 'Support does not answer requests at the moment', { ...details, ...waiting });
  }
  if (status >= 500) {
    return new HubError('IN_DOUBT', 'Support failed while writing; it may have happened', details);
  }
  if (status >= 400) {
    return new HubError('REFUSED', `Support refused the request${reason ? ` (${reason})` : ''}`, details);
  }
  // A redirect, for one, means that the base URL is not the API's.
  return new HubError('CONTRACT_BROKEN', `Support answered with status ${status}, which it never promised`, details);
}

/**
 * Zendesk's own words for a refusal, as `RecordInvalid: seats InvalidValue`: error codes and field names only, because its
 * descriptions may repeat what was sent.
 */
function refusalOf(text: string): string {
  const read = Refusal.safeParse(jsonOrNull(text));
  if (!read.success) return '';
  const { error, details } = read.data;
  const word = typeof error === 'string' ? error : error?.title;
  const fields = Object.entries(details ?? {}).map(([name, [first]]) => `${name} ${first?.error ?? ''}`.trim());
  return [word, fields.join(', ')].filter(Boolean).join(': ');
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // an error page of something in between; the status says what it means
  }
}
