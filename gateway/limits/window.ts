/** How much was used in this window and in the one before, and how far this one has gone. Kept by memory or by Redis. */
export interface Usage {
  readonly now: number;
  readonly before: number;
  readonly elapsedMs: number;
}

/** What of a limit is left to one caller. */
export interface Left {
  readonly allowed: boolean;
  readonly limit: number;
  /** Whole points that could be taken now. */
  readonly remaining: number;
  /** Until the window ends, from when on more is left again. */
  readonly resetMs: number;
  /** 0 where it is allowed. */
  readonly retryAfterMs: number;
}

/** Window of all limits by rate. */
export const WINDOW_MS = 60_000;

/**
 * The window slides: what was used in the window before counts by the part of it that still lies within the last minute, so
 * that nobody gets twice the limit at the turn of a minute.
 */
export const usedOf = ({ now, before, elapsedMs }: Usage, windowMs: number): number =>
  now + before * (1 - elapsedMs / windowMs);

/** What is left after the points were taken (`allowed`), or why they could not be. */
export function leftOf(usage: Usage, limit: number, points: number, allowed: boolean, windowMs: number): Left {
  const remaining = Math.max(0, Math.floor(limit - usedOf(usage, windowMs)));
  const resetMs = windowMs - usage.elapsedMs;
  return { allowed, limit, remaining, resetMs, retryAfterMs: allowed ? 0 : waitOf(usage, limit, points, windowMs) };
}

/** How long until the points fit, if nothing else is taken. What never fits: a whole window. */
function waitOf({ now, before, elapsedMs }: Usage, limit: number, points: number, windowMs: number): number {
  if (points > limit) return windowMs;
  if (now + points <= limit) return Math.max(0, windowMs * (1 - (limit - points - now) / before) - elapsedMs);
  return windowMs - elapsedMs + windowMs * (1 - (limit - points) / now);
}
