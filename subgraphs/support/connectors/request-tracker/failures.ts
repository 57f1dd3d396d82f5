import { HubError } from '../../../../platform/errors.ts';
import type { HttpResponse } from '../../../../platform/http/client.ts';
import { retryAfterMs } from '../../../../platform/http/retry-after.ts';

export const SYSTEM = 'SUPPORT';

/**
 * What an answer other than 2xx means. RT's own words stay behind: they are for people and may repeat what was sent.
 * 403 is not the credential: RT answers it for a ticket or a queue that the hub's user has no right to, or that is not there.
 */
export function failureOf({ status, headers }: HttpResponse, about: { write: boolean }): HubError {
  const details = { system: SYSTEM, reason: `HTTP ${status}` };
  if (status === 401) {
    return new HubError('CREDENTIAL', 'Support does not accept the credential that the hub was given', details);
  }
  if (status === 404) return new HubError('NOT_FOUND', 'Support holds no such record', details);
  if (status === 409 || status === 412) {
    return new HubError('CONFLICT', 'Somebody changed the record in support meanwhile; read it again', details);
  }
  const waitMs = retryAfterMs(headers['retry-after']);
  const waiting = waitMs === undefined ? details : { ...details, retryAfterMs: waitMs };
  if (status === 429) return new HubError('THROTTLED', 'Support asks to wait before the next request', waiting);
  if (status === 503 || status === 408 || (status >= 500 && !about.write)) {
    return new HubError('UNAVAILABLE', 'Support does not answer requests at the moment', waiting);
  }
  if (status >= 500) return new HubError('IN_DOUBT', 'Support failed while writing; it may have happened', details);
  if (status >= 400) return new HubError('REFUSED', 'Support refused the request', details);
  // A redirect, for one, means that the base URL is not the API's.
  return new HubError('CONTRACT_BROKEN', `Support answered with status ${status}, which it never promised`, details);
}
