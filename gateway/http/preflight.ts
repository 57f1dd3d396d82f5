import type { IncomingHttpHeaders } from 'node:http';
import { HttpRefusal } from './answers.ts';
import { essenceOf } from './body.ts';

/** No page of another origin can set one of these without asking first, and then `corsHeaders` answers. */
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * Refuses a GET that the page of another origin could have made in a user's browser, before anything of it is read. A POST
 * could be made so only with a content type that `checkContentHeaders` refuses. @throws HttpRefusal 400, 415
 */
export function checkPreflight(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'];
  if (type !== undefined && essenceOf(type) !== 'application/json') {
    throw new HttpRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'A GET has no content; leave content-type out');
  }
  if (type !== undefined || PREFLIGHT_HEADERS.some((name) => headers[name] !== undefined && headers[name] !== ''))
    return;
  throw new HttpRefusal(
    400,
    'BAD_REQUEST',
    'Refused as a request that another site could have forged: send the header apollo-require-preflight with any value',
  );
}
