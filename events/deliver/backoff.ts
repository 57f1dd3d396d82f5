const FIRST_MS = 5_000;
const LONGEST_MS = 12 * 3_600_000;
/** Failures in a row after which the receiver is taken to be down, and asked with one event at a time. */
export const DOWN_AFTER = 5;
const FIRST_HOLD_MS = 5_000;
const LONGEST_HOLD_MS = 300_000;

/** How long an event waits after so many attempts: 5 s, 20 s, 80 s, ... up to 12 hours, each a fifth shorter or longer by chance. */
export const waitMs = (attempts: number, random: () => number): number =>
  Math.min(FIRST_MS * 4 ** (attempts - 1), LONGEST_MS) * (0.8 + 0.4 * random());

/** How long a receiver that is down is left alone: 5 s, 10 s, ... up to 5 minutes, so that one that comes back is soon served; 0: it is not down. */
export const holdMs = (failuresInRow: number, random: () => number): number =>
  failuresInRow < DOWN_AFTER
    ? 0
    : Math.min(FIRST_HOLD_MS * 2 ** (failuresInRow - DOWN_AFTER), LONGEST_HOLD_MS) * (0.8 + 0.4 * random());
