import { createHash } from 'node:crypto';

/** A place in a list that is sorted by time and then by id: behind the row with just these. */
export interface Place {
  /** Text that sorts as the time does. */
  readonly at: string;
  /** Empty: before every row of that time. */
  readonly id: string;
}

/**
 * How far back each walk begins again. A vendor stamps a change when it is made and shows it when its transaction ends, and
 * its clock is not the hub's: what lies just before the newest change may still appear.
 */
export const OVERLAP_MS = 60_000;

/** Transactions may take long: every so often the walk begins further back. */
export const LOOK_BACK_EVERY_MS = 300_000;
export const LOOK_BACK_MS = 600_000;

/** Where to go on after these rows. A walk that is at its end begins again at `again`, or at its last row if that is older. */
export function onward(from: Place, rows: readonly Place[], about: { more: boolean; again: string }): Place {
  const last = rows.at(-1) ?? from;
  if (about.more || last.at < about.again) return last;
  return { at: about.again, id: '' };
}

/**
 * Tells two states of a record apart that bear the same time: vendors stamp by the second, and a record may be read
 * between two changes of one second. Not to be turned back into the values.
 */
export const versionOf = (facts: unknown): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 12);
