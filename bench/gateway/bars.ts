import { NOISY_FROM, rowsOf } from './figures.ts';
import type { Scenario, Window } from './measure.ts';
import type { QueryName } from './shops/queries.ts';

/** What our gateway has to reach against another: a ratio of CPU time per request, at 8 connections, with differing requests. */
interface Bar {
  readonly says: string;
  readonly query: QueryName;
  readonly over: string;
  readonly under: string;
  readonly bar: { readonly atLeast: number } | { readonly atMost: number };
}

const BARS: readonly Bar[] = [
  { says: 'plain Apollo Gateway / ours', query: 'big', over: 'apollo', under: 'ours', bar: { atLeast: 12 } },
  { says: 'Hive Gateway / ours', query: 'big', over: 'hive', under: 'ours', bar: { atLeast: 3 } },
  { says: 'Grafbase / ours', query: 'big', over: 'grafbase', under: 'ours', bar: { atLeast: 1 } },
  { says: 'ours / plain-Node floor', query: 'big', over: 'ours', under: 'floor', bar: { atMost: 1.7 } },
  { says: 'keys and policy on / ours', query: 'big', over: 'ours-auth', under: 'ours', bar: { atMost: 1.1 } },
  { says: 'keys and policy on / ours', query: 'small', over: 'ours-auth', under: 'ours', bar: { atMost: 1.1 } },
  { says: 'Grafbase / ours', query: 'small', over: 'grafbase', under: 'ours', bar: { atLeast: 0.9 } },
];

export const barScenario = (query: QueryName): Scenario => ({ query, requests: 'differing', connections: 8 });

/** A bar and what was measured against it. */
export interface Judged {
  readonly says: string;
  readonly query: QueryName;
  readonly bar: string;
  /** Median over median. Absent where one of the two was not measured, or gave a wrong answer. */
  readonly ratio: number | undefined;
  /** The lowest and the highest that it can have been: each round's windows against one another. */
  readonly low: number;
  readonly high: number;
  readonly reached: boolean | undefined;
  readonly noisy: boolean;
}

export function judge(windows: readonly Window[]): Judged[] {
  return BARS.map(({ says, query, over, under, bar }) => {
    const scenario = barScenario(query);
    const [top, bottom] = [over, under].map((name) => rowsOf(windows, scenario, [name])[0]);
    const text = 'atLeast' in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`;
    if (top === undefined || bottom === undefined || top.wrong + bottom.wrong > 0) {
      const none = { ratio: undefined, low: Number.NaN, high: Number.NaN, reached: undefined, noisy: false };
      return { says, query, bar: text, ...none };
    }
    const ratio = top.cpuMs.median / bottom.cpuMs.median;
    const rounds = [...new Set(windows.map(({ round }) => round))].flatMap((round) => {
      const [one, other] = [over, under].map(
        (name) =>
          rowsOf(
            windows.filter((window) => window.round === round),
            scenario,
            [name],
          )[0]?.cpuMs.median,
      );
      return one === undefined || other === undefined ? [] : one / other;
    });
    return {
      says,
      query,
      bar: text,
      ratio,
      low: Math.min(...rounds),
      high: Math.max(...rounds),
      reached: 'atLeast' in bar ? ratio >= bar.atLeast : ratio <= bar.atMost,
      noisy: Math.max(top.cpuMs.spread, bottom.cpuMs.spread) > NOISY_FROM,
    };
  });
}
