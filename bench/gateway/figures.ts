import type { Scenario, Window } from './measure.ts';

/** One measure over the rounds. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Highest over lowest: 1 is perfectly still. */
  readonly spread: number;
}

/** All windows of one gateway in one scenario. */
export interface Row {
  readonly gateway: string;
  readonly cpuMs: Figure;
  readonly requestsPerSecond: Figure;
  readonly busy: Figure;
  readonly p50Ms: Figure;
  readonly p99Ms: Figure;
  readonly peakMb: Figure;
  readonly calls: Figure;
  readonly answers: number;
  readonly wrong: number;
  readonly firstWrong: string | undefined;
}

/** A figure whose spread is above this is called noisy. */
export const NOISY_FROM = 1.25;

export function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  const [min, max] = [at(0), at(sorted.length - 1)];
  return { median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2, min, max, spread: max / min };
}

export const sameScenario = (one: Scenario, other: Scenario): boolean =>
  one.query === other.query && one.requests === other.requests && one.connections === other.connections;

/** One row for each gateway that was measured in the scenario, in the order in which they are listed. */
export function rowsOf(windows: readonly Window[], scenario: Scenario, gateways: readonly string[]): Row[] {
  return gateways.flatMap((gateway) => {
    const mine = windows.filter((window) => window.gateway === gateway && sameScenario(window, scenario));
    if (mine.length === 0) return [];
    const of = (name: 'cpuMs' | 'requestsPerSecond' | 'busy' | 'p50Ms' | 'p99Ms' | 'peakMb' | 'calls') =>
      figure(mine.map((window) => window[name]));
    return {
      gateway,
      cpuMs: of('cpuMs'),
      requestsPerSecond: of('requestsPerSecond'),
      busy: of('busy'),
      p50Ms: of('p50Ms'),
      p99Ms: of('p99Ms'),
      peakMb: of('peakMb'),
      calls: of('calls'),
      answers: mine.reduce((sum, { answers }) => sum + answers, 0),
      wrong: mine.reduce((sum, { wrong }) => sum + wrong, 0),
      firstWrong: mine.find(({ firstWrong }) => firstWrong !== undefined)?.firstWrong,
    };
  });
}
