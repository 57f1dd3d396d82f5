import { InFlight } from './in-flight.ts';

/** Things that wait, all equally long. */
export interface Waits<Waiting> {
  /** Returns how to end its waiting, which tells whether it did wait. */
  add(one: Waiting): () => boolean;
}

const nothing = (): boolean => false;

/**
 * Ends what waits too long. One timer for the oldest ends them all in time, so that a request costs no timer of its own.
 * @param ms Infinity: nothing ever waits too long
 */
export function createWaits<Waiting>(ms: number, end: (one: Waiting) => void): Waits<Waiting> {
  const waiting = new InFlight<{ readonly one: Waiting; readonly endsAt: number; leave: () => boolean }>();
  let armed = false;

  const arm = (inMs: number): void => {
    armed = true;
    setTimeout(look, inMs).unref();
  };
  const look = (): void => {
    armed = false;
    const now = performance.now();
    for (let oldest = waiting.oldest; oldest !== undefined; oldest = waiting.oldest) {
      if (oldest.endsAt > now) {
        arm(Math.ceil(oldest.endsAt - now));
        break;
      }
      oldest.leave();
      end(oldest.one);
    }
  };

  return {
    add(one) {
      if (ms === Number.POSITIVE_INFINITY) return nothing;
      const wait = { one, endsAt: performance.now() + ms, leave: nothing };
      wait.leave = waiting.add(wait);
      if (!armed) arm(ms);
      return wait.leave;
    },
  };
}
