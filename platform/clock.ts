/** Time as the hub sees it; injected so that tests move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until it is moved. */
export function fixedClock(startAt: string | number): Clock & { advance(ms: number): void } {
  let now = typeof startAt === 'number' ? startAt : Date.parse(startAt);
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** The instant as RFC 3339 text in UTC. */
export const instant = (clock: Clock): string => new Date(clock.now()).toISOString();

/** The calendar day in UTC, `YYYY-MM-DD`. */
export const day = (clock: Clock): string => instant(clock).slice(0, 10);
