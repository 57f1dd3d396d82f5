import type { Sample } from './drive.ts';

/** The value below or at which the share of the values lies (nearest rank); NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The middle one; of an even number the worse one of the two in the middle, where more is worse. */
export const middle = (values: readonly number[]): number => percentile(values, values.length % 2 === 0 ? 0.51 : 0.5);

/** Requests of one kind. What was not answered right counts as infinitely late: a hub does not get quicker by refusing. */
export interface Answered {
  readonly asked: number;
  readonly right: number;
  readonly firstWrong: string | null;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** 99 of 100 were sent at most so late. */
  readonly sentLateP99Ms: number;
}

/** Of what was due from `fromMs` on; what was due before is warm-up. */
export function answered(samples: readonly Sample[], fromMs = 0): Answered {
  const counted = samples.filter(({ dueMs }) => dueMs >= fromMs);
  const took = counted.map(({ tookMs, wrong }) => (wrong === null ? tookMs : Number.POSITIVE_INFINITY));
  return {
    asked: counted.length,
    right: counted.filter(({ wrong }) => wrong === null).length,
    firstWrong: counted.find(({ wrong }) => wrong !== null)?.wrong ?? null,
    p50Ms: percentile(took, 0.5),
    p95Ms: percentile(took, 0.95),
    p99Ms: percentile(took, 0.99),
    sentLateP99Ms: percentile(
      counted.map(({ lateMs }) => lateMs),
      0.99,
    ),
  };
}

/** As figures of a run, by name. Example of `what`: `reads`. */
export const figuresOfAnswers = (what: string, { asked, right, p50Ms, p95Ms, p99Ms, sentLateP99Ms }: Answered) => ({
  [`${what} asked`]: asked,
  [`${what} answered right`]: right,
  [`${what} p50 (ms)`]: p50Ms,
  [`${what} p95 (ms)`]: p95Ms,
  [`${what} p99 (ms)`]: p99Ms,
  [`${what} sent late p99 (ms)`]: sentLateP99Ms,
});

/** How many times as long as before; infinite where there was no right answer before, which nothing can be held against. */
export const timesAsLong = (ms: number, beforeMs: number): number =>
  Number.isFinite(beforeMs) ? ms / beforeMs : Number.POSITIVE_INFINITY;
