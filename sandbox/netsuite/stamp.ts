import { type Clock, instant } from '../../platform/clock.ts';

/** A date with its time as NetSuite keeps it: to the second. Here in UTC, as for a user whose time zone that is. */
export const stamp = (clock: Clock): string => instant(clock).slice(0, 19);
