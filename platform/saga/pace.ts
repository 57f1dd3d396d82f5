/** How late this process may be with what is due before it leaves off some of its runs. */
const LATE_MS = 20;
const LOOK_EVERY_MS = 50;
/** Runs go on, however busy a process is. */
const LEAST = 4;

/** How many runs a process executes at once. */
export interface Pace {
  readonly places: number;
  stop(): void;
}

/**
 * As many as it may, fewer while the process is late: a run has time, and who asks the same process waits for an answer. Where
 * runs only wait for vendors nobody is late, and they keep all their places.
 * @param more called when there is a place more
 */
export function keepPace(most: number, more: () => void): Pace {
  let places = most;
  let dueAt = performance.now() + LOOK_EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    const before = places;
    places = placesAfter(places, now - dueAt, most);
    dueAt = now + LOOK_EVERY_MS;
    if (places > before) more();
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    get places() {
      return places;
    },
    stop: () => clearInterval(timer),
  };
}

/** Falls fast and rises slowly, so that it comes to rest below what makes the process late. */
export const placesAfter = (places: number, lateMs: number, most: number): number =>
  lateMs > LATE_MS ? Math.max(Math.min(LEAST, most), Math.floor(places * 0.7)) : Math.min(most, places + 1);
