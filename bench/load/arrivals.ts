import { createRandom } from '../../sandbox/data/random.ts';

/** A stretch of time in which requests come due, at a rate that stays, or goes evenly from one value to another. */
export interface Stretch {
  readonly seconds: number;
  /** Requests per second at its begin and at its end. */
  readonly from: number;
  readonly to: number;
}

export const steady = (perSecond: number, seconds: number): Stretch => ({ seconds, from: perSecond, to: perSecond });

/** Whole number of requests that come due in the stretch. */
export const countOf = ({ seconds, from, to }: Stretch): number => Math.round(((from + to) / 2) * seconds);

/**
 * When each request is due, in ms from the begin, in order. The instants are by chance, as those of callers who know nothing of
 * one another, and the same for the same seed; how many there are is not left to chance.
 */
export function arrivals(stretches: readonly Stretch[], seed: number): number[] {
  const random = createRandom(seed);
  let begin = 0;
  return stretches.flatMap((stretch) => {
    const due = Array.from({ length: countOf(stretch) }, () => begin + 1_000 * secondsUntil(random.next(), stretch));
    begin += stretch.seconds * 1_000;
    return due.sort((a, b) => a - b);
  });
}

/** After how many seconds of the stretch the given share of its requests has come due. */
function secondsUntil(share: number, { seconds, from, to }: Stretch): number {
  if (from === to) return share * seconds;
  // The share of the area under a line from `from` to `to`, solved for time.
  return (seconds * (Math.sqrt(from ** 2 + share * (to ** 2 - from ** 2)) - from)) / (to - from);
}
