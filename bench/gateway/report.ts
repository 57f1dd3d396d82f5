import { barScenario, type Judged } from './bars.ts';
import { type Figure, NOISY_FROM, type Row, rowsOf, sameScenario } from './figures.ts';
import type { Gateway } from './gateways.ts';
import type { Machine, Quiet } from './machine.ts';
import type { Scenario, Window } from './measure.ts';
import type { Options } from './options.ts';

/** All that one run has found. */
export interface Run {
  readonly date: string;
  readonly machine: Machine;
  readonly options: Options;
  readonly pinned: boolean;
  readonly quiet: Quiet;
  readonly scenarios: readonly Scenario[];
  readonly gateways: readonly Pick<Gateway, 'name' | 'about'>[];
  /** Why a set-up is not in the tables, by its name. */
  readonly missing: Readonly<Record<string, string>>;
  readonly windows: readonly Window[];
  readonly bars: readonly Judged[];
}

/** Three digits that mean something: 0.0812, 1.23, 17.8, 4514. */
export const short = (value: number): string =>
  !Number.isFinite(value) ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3);

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(1, width - 1))}:`));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

const noisy = ({ spread }: Figure): string => (spread > NOISY_FROM ? ' noisy' : '');

function barsTable(bars: readonly Judged[]): string {
  return table(
    ['CPU time per request', 'query', 'bar', 'measured', 'rounds', 'verdict'],
    bars.map(({ says, query, bar, ratio, low, high, reached, noisy }) => [
      says,
      query,
      bar,
      ratio === undefined ? '-' : ratio.toFixed(2),
      ratio === undefined ? '-' : `${low.toFixed(2)}-${high.toFixed(2)}`,
      reached === undefined ? 'not measured' : `${reached ? 'reached' : 'NOT reached'}${noisy ? ', noisy' : ''}`,
    ]),
  );
}

function scenarioTable(rows: readonly Row[]): string {
  return table(
    ['', 'CPU ms/request', 'lowest', 'spread', 'requests/s', 'busy', 'p50 ms', 'p99 ms', 'peak MB', 'calls', 'note'],
    rows.map((row) => [
      row.gateway,
      short(row.cpuMs.median),
      short(row.cpuMs.min),
      `${row.cpuMs.spread.toFixed(2)}${noisy(row.cpuMs)}`,
      `${short(row.requestsPerSecond.median)} (${row.requestsPerSecond.spread.toFixed(2)})`,
      `${(row.busy.median * 100).toFixed(0)} %`,
      short(row.p50Ms.median),
      short(row.p99Ms.median),
      short(row.peakMb.max),
      row.calls.median.toFixed(1),
      row.wrong > 0 ? `DISQUALIFIED, ${row.wrong} wrong answers: ${row.firstWrong}` : '',
    ]),
  );
}

function noiseOf({ windows, scenarios, quiet, gateways }: Run): string {
  const names = gateways.map(({ name }) => name);
  const rows = scenarios.flatMap((scenario) => rowsOf(windows, scenario, names));
  const loud = rows.filter(({ cpuMs }) => cpuMs.spread > NOISY_FROM).length;
  const floor = scenarios.flatMap((scenario) => rowsOf(windows, scenario, ['floor'])).map(({ cpuMs }) => cpuMs.spread);
  const foreign = quiet.foreign === undefined ? 'unknown' : `${(quiet.foreign * 100).toFixed(0)} %`;
  return [
    `Noise: ${loud} of ${rows.length} CPU figures spread over more than ${NOISY_FROM} (highest round over lowest)`,
    `the floor, which never changes, spread up to ${short(Math.max(...floor))}`,
    `load average ${quiet.load.map((load) => load.toFixed(1)).join(' at the start, ')} at the end`,
    `other programs used ${foreign} of the machine.`,
  ].join('; ');
}

/** The whole run as Markdown, which is also what the terminal shows. `plot`: the file of the picture, beside it. */
export function report(run: Run, plot: string | undefined): string {
  const { machine, options, scenarios, gateways } = run;
  const names = gateways.map(({ name }) => name);
  const seen = scenarios.filter((scenario, at) => scenarios.findIndex((other) => sameScenario(other, scenario)) === at);
  const big = barScenario('big');
  return [
    `# Gateways, measured ${run.date}`,
    '',
    `${machine.cpu}, ${machine.cores} processors, ${machine.memoryGb} GB, Linux ${machine.kernel}; Node ${machine.node} with`,
    `\`${machine.nodeFlags}\` and NODE_ENV=production for every Node process that is measured; commit ${machine.commit}.`,
    `${Object.entries(machine.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    `${options.rounds} round${options.rounds === 1 ? '' : 's'}, load by ${options.driver === 'own' ? 'our own driver' : 'wrk'}, ${options.seconds} s for each window, ${options.shops} differing requests; ${
      run.pinned ? 'the gateway had one processor for itself' : 'no process was tied to a processor'
    }.`,
    noiseOf(run),
    '',
    `## Against the bars (${big.requests} requests, ${big.connections} connections, median over median)`,
    '',
    barsTable(run.bars),
    ...(plot === undefined ? [] : ['', `![CPU time per request](${plot})`]),
    ...seen.flatMap((scenario) => [
      '',
      `## ${scenario.query}, ${scenario.requests} requests, ${scenario.connections} connection${scenario.connections === 1 ? '' : 's'}`,
      '',
      scenarioTable(rowsOf(run.windows, scenario, names)),
    ]),
    '',
    '## What was measured',
    '',
    ...gateways.map(({ name, about }) => `- ${name}: ${about}`),
    ...Object.entries(run.missing).map(([name, why]) => `- ${name}: NOT measured, ${why}`),
    '',
  ].join('\n');
}
