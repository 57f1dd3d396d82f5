import type { Left } from './window.ts';

export interface LimitHeaders {
  readonly 'ratelimit-policy': string;
  readonly ratelimit: string;
}

/**
 * What a caller may ask for and what is left of it, in the fields of draft-ietf-httpapi-ratelimit-headers-10: `q` is the
 * limit, `w` its window in seconds, `r` what is left, `t` the seconds until more is.
 * Example: `ratelimit-policy: "requests";q=6000;w=60`, `ratelimit: "requests";r=5999;t=42`.
 */
export function limitHeaders(limits: Readonly<Record<string, Left>>, windowMs: number): LimitHeaders {
  const each = Object.entries(limits);
  const window = Math.max(1, Math.round(windowMs / 1_000));
  return {
    'ratelimit-policy': each.map(([name, { limit }]) => `"${name}";q=${limit};w=${window}`).join(', '),
    ratelimit: each
      .map(([name, { remaining, resetMs }]) => `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`)
      .join(', '),
  };
}

/** Headers of an answer; what it tells of limits stands beside what the door has told already: the fields are lists. */
export function besideDoor(
  present: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (headers.ratelimit === undefined) return headers;
  const beside = (name: keyof LimitHeaders): string => [present[name], headers[name]].filter(Boolean).join(', ');
  return { ...headers, 'ratelimit-policy': beside('ratelimit-policy'), ratelimit: beside('ratelimit') };
}
