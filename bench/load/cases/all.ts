import type { LoadCase } from '../load-case.ts';
import { steadyReads } from './d01-steady-reads.ts';
import { quarterEnd } from './d02-quarter-end.ts';
import { renewalStorm } from './d03-renewal-storm.ts';
import { hostileMix } from './d12-hostile-mix.ts';

/** Section D of the hardening matrix, as far as it is a run of load; a new case gets its line here. */
export const CASES: readonly LoadCase[] = [steadyReads, quarterEnd, renewalStorm, hostileMix];
