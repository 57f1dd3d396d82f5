import type { LoadCase } from '../load-case.ts';
import { quarterEnd } from './d02-quarter-end.ts';

/** Section D of the hardening matrix, as far as it is a run of load; a new case gets its line here. */
export const CASES: readonly LoadCase[] = [quarterEnd];
