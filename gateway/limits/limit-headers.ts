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
export function limitHeaders(name: string, { limit, remaining, resetMs }: Left, windowMs: number): LimitHeaders {
  const window = Math.max(1, Math.round(windowMs / 1_000));
  return {
    'ratelimit-policy': `"${name}";q=${limit};w=${window}`,
    ratelimit: `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`,
  };
}

/** Headers of an answer; what it tells of limits stands beside what the door has told already: the fields are lists. */
export function besideDoor(
  present: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { ratelimit, 'ratelimit-policy': policy } = headers;
  if (ratelimit === undefined || policy === undefined || present.ratelimit === undefined) return headers;
  return {
    ...headers,
    'ratelimit-policy': `${present['ratelimit-policy']}, ${policy}`,
    ratelimit: `${present.ratelimit}, ${ratelimit}`,
  };
}
