import { type Calibration, calibrate, whyNotMeasured } from './calibrate.ts';
import { middle } from './figures.ts';
import { startGround } from './ground.ts';
import type { Bar, Length, LoadCase, Run } from './load-case.ts';

/** PASS and FAIL, or what does not count: the machine was busy, or the run too short to say anything. */
export type Verdict = 'PASS' | 'FAIL' | 'NOT MEASURED';

export interface JudgedBar extends Bar {
  /** Of each run. */
  readonly values: readonly number[];
  readonly verdict: Verdict;
}

export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly length: Length;
  readonly bars: readonly JudgedBar[];
  /** The middle one of the runs. */
  readonly figures: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly calibrations: readonly Calibration[];
}

/** Runs the case on a ground that is new each time, after a calibration on that ground. */
export async function runCase(
  loadCase: LoadCase,
  about: { length: Length; runs: number; normal: Calibration | null; told?: (line: string) => void },
): Promise<CaseResult> {
  const { length, runs: count, normal, told = () => {} } = about;
  const runs: Run[] = [];
  const calibrations: Calibration[] = [];
  for (let nr = 1; nr <= count; nr += 1) {
    await using ground = await startGround(loadCase.ground(length));
    const calibration = await calibrate(ground, length === 'FULL' ? 5 : 0.3);
    calibrations.push(calibration);
    told(
      `${loadCase.id} run ${nr} of ${count}: ${calibration.answersPerSecond.toFixed(0)} plain answers/s, load ${calibration.load.toFixed(1)}`,
    );
    const run = await loadCase.run(ground, length);
    if (!ground.alive()) throw new Error(`${loadCase.id}: the hub ended in the middle of the run`);
    runs.push(run);
    told(run.bars.map(({ name, value, unit }) => `  ${name}: ${value.toFixed(1)} ${unit}`).join('\n'));
  }
  return judge(loadCase, length, runs, calibrations, normal);
}

/** What the runs come to. Time is judged by the middle run, and only where it was measured; the truth by the worst. */
export function judge(
  { id, title }: Pick<LoadCase, 'id' | 'title'>,
  length: Length,
  runs: readonly Run[],
  calibrations: readonly Calibration[],
  normal: Calibration | null,
): CaseResult {
  const reasons =
    length === 'SHORT'
      ? ['a short run says nothing about time']
      : [...new Set(calibrations.map((one) => whyNotMeasured(one, normal)))].filter((why) => why !== null);
  const bars = (runs[0]?.bars ?? []).map((bar, at): JudgedBar => {
    const values = runs.map((run) => run.bars[at]?.value ?? Number.NaN);
    const value = bar.of === 'time' ? middle(values) : worst(bar, values);
    const measured = bar.of === 'truth' || reasons.length === 0;
    return { ...bar, value, values, verdict: measured ? (holds(bar, value) ? 'PASS' : 'FAIL') : 'NOT MEASURED' };
  });
  const names = [...new Set(runs.flatMap(({ figures }) => Object.keys(figures)))];
  return {
    ...{ id, title, length, bars, calibrations },
    figures: Object.fromEntries(names.map((name) => [name, middle(runs.map(({ figures }) => figures[name] ?? 0))])),
    notes: [...reasons.map((why) => `not measured: ${why}`), ...new Set(runs.flatMap(({ notes }) => notes))],
  };
}

const holds = (
  { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Bar,
  value: number,
): boolean => value <= atMost && value >= atLeast;

const worst = (bar: Bar, values: readonly number[]): number =>
  bar.atMost === undefined ? Math.min(...values) : Math.max(...values);
