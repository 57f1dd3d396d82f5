import type { Ground, GroundOptions } from './ground.ts';

/** Something that must hold of a run. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Highest, or lowest, value that is good. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** `time`: the middle one of several runs counts, and none on a machine that is busy. `truth`: the worst run counts, everywhere. */
  readonly of: 'time' | 'truth';
}

export interface Run {
  readonly bars: readonly Bar[];
  /** What else is worth knowing, by name with its unit. */
  readonly figures: Readonly<Record<string, number>>;
  /** What the figures do not say. Example: the first wrong answer. */
  readonly notes: readonly string[];
}

/** FULL: as the hardening matrix says. SHORT: some seconds, to see that the program works; its bars judge nothing but the truth. */
export type Length = 'FULL' | 'SHORT';

/** One case of the hardening matrix, section D. */
export interface LoadCase {
  /** Example: `D02`. */
  readonly id: string;
  readonly title: string;
  /** What stands before each run, new each time. */
  ground(length: Length): GroundOptions;
  run(ground: Ground, length: Length): Promise<Run>;
}
