import { KEY_TRACE } from '../../platform/keys/key-format.ts';

/** What looks like a token of an issuer. */
const TOKEN_TRACE = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\./;

/** How a request presents its key, or its token in place of one. */
export type Presented =
  | { readonly kind: 'key'; readonly key: string }
  /** No credential at all. */
  | { readonly kind: 'none' }
  /** A credential where or how none is taken; the reason is fit for the caller. */
  | { readonly kind: 'refused'; readonly reason: string };

const AUTHORIZATION = 'authorization';
const HOW = 'send one header Authorization: Bearer <key>';

/**
 * Finds the key of a request. Keys are taken from one `Authorization: Bearer` header only: URLs end in logs and histories,
 * cookies are sent by browsers unasked, and of two credentials a proxy may have judged the other one.
 * @param rawHeaders names and values in turn, as Node's `rawHeaders`: `headers` would hide a second Authorization
 */
export function presentedKey(request: { readonly url: string; readonly rawHeaders: readonly string[] }): Presented {
  if (KEY_TRACE.test(request.url) || TOKEN_TRACE.test(request.url))
    return { kind: 'refused', reason: `a key or token must not stand in the URL; ${HOW}` };
  const authorization: string[] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = String(request.rawHeaders[index]);
    const value = String(request.rawHeaders[index + 1]);
    if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) authorization.push(value);
    else if (KEY_TRACE.test(value)) {
      return { kind: 'refused', reason: `a key must not stand in ${name.toLowerCase()}; ${HOW}` };
    }
  }
  const [value, second] = authorization;
  if (value === undefined) return { kind: 'none' };
  if (second !== undefined) return { kind: 'refused', reason: `two Authorization headers; ${HOW}` };
  const key = /^Bearer (\S+)$/i.exec(value)?.[1];
  return key === undefined ? { kind: 'refused', reason: HOW } : { kind: 'key', key };
}
