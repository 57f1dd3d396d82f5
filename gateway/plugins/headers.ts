/** On every answer: nobody may keep it, guess its type, frame it, or learn from its address. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

/** Longest address, and longest single header, that is read. */
export const MAX_URL_BYTES = 8 * 1024;
export const MAX_HEADER_BYTES = 16 * 1024;
export const MAX_HEADERS_BYTES = 32 * 1024;

/** Headers that let the page of a known origin read the answer; none for any other origin. */
export function corsHeaders(origin: string | undefined, allowed: readonly string[]): Record<string, string> {
  if (origin === undefined || !allowed.includes(origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type, apollo-require-preflight, x-correlation-id',
    'access-control-expose-headers': 'x-correlation-id, retry-after, ratelimit, ratelimit-policy',
    'access-control-max-age': '600',
    vary: 'origin',
  };
}
