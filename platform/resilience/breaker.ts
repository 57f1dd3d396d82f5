import type { Clock } from '../clock.ts';

/** CLOSED: calls pass. OPEN: none does. HALF_OPEN: one is under way to see whether others may. */
export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/** Leaves alone what failed repeatedly, and tries it again with one call after a while. */
export interface Breaker {
  readonly state: BreakerState;
  /** Whether a call would be let in now. */
  lets(): boolean;
  /** Lets a call in, which says afterwards how it went; false: it must not be made. */
  enter(): boolean;
  succeeded(): void;
  failed(): void;
  /** The call ended and says nothing about the system: its caller left, or the answer was of another kind. */
  unsaid(): void;
}

export interface BreakerOptions {
  readonly clock: Clock;
  /** Failures in a row after which it opens. */
  readonly breakAfter: number;
  /** How long it stays open before one call tries. */
  readonly breakMs: number;
}

export function createBreaker({ clock, breakAfter, breakMs }: BreakerOptions): Breaker {
  let failures = 0;
  let openUntil = 0;
  let state: BreakerState = 'CLOSED';
  const lets = () => state === 'CLOSED' || (state === 'OPEN' && clock.now() >= openUntil);
  return {
    get state() {
      return state;
    },
    lets,
    enter() {
      if (!lets()) return false;
      if (state === 'OPEN') state = 'HALF_OPEN';
      return true;
    },
    succeeded() {
      failures = 0;
      state = 'CLOSED';
    },
    failed() {
      failures += 1;
      // What was sent before it opened may fail after: that does not put off the next try.
      if (state === 'HALF_OPEN' || (state === 'CLOSED' && failures >= breakAfter)) {
        state = 'OPEN';
        openUntil = clock.now() + breakMs;
      }
    },
    unsaid() {
      if (state === 'HALF_OPEN') state = 'OPEN'; // the next call tries in its place
    },
  };
}
