import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { figure } from '../gateway/figures.ts';
import type { Quiet } from '../gateway/machine.ts';
import type { BatchDone } from './contestants/contestant.ts';

interface Measured {
  readonly contestant: string;
  readonly concurrency: number;
  readonly done: BatchDone;
}

/** Bars of the project for this bench: the hub's engine beside the bare one, and how soon an order is accepted. */
const BAR_OF_ENGINE = 0.8;
const BAR_ACCEPTED_MS = 60;

/** The table, the ratios to the bare engine, and how much the figures are worth. */
export function report(
  measured: readonly Measured[],
  contestants: readonly string[],
  concurrencies: readonly number[],
  { load, foreign }: Quiet,
): string {
  const of = (contestant: string, concurrency: number) =>
    measured.filter((one) => one.contestant === contestant && one.concurrency === concurrency).map(({ done }) => done);
  const perSecond = (contestant: string, concurrency: number) =>
    figure(of(contestant, concurrency).map(({ wholeMs, seconds }) => wholeMs.length / seconds));
  const lines = [
    '| contestant | concurrency | runs/s (min-max) | CPU ms/run | p50 ms | accepted p50 ms |',
    '|---|---|---|---|---|---|',
  ];
  for (const concurrency of concurrencies) {
    for (const contestant of contestants) {
      const rounds = of(contestant, concurrency);
      const rate = perSecond(contestant, concurrency);
      const cpu = figure(rounds.map(({ cpuMs, wholeMs }) => cpuMs / wholeMs.length));
      const accepted = rounds.flatMap(({ acceptedMs }) => acceptedMs);
      lines.push(
        `| ${contestant} | ${concurrency} | ${rate.median.toFixed(0)} (${rate.min.toFixed(0)}-${rate.max.toFixed(0)}) | ` +
          `${cpu.median.toFixed(1)} | ${figure(rounds.flatMap(({ wholeMs }) => wholeMs)).median.toFixed(1)} | ` +
          `${accepted.length === 0 ? '' : figure(accepted).median.toFixed(1)} |`,
      );
    }
  }
  const ratios = concurrencies.map((concurrency) => {
    const bare = perSecond('bare-engine', concurrency).median;
    const own = perSecond('saga-engine', concurrency).median / bare;
    const order = perSecond('submit-order', concurrency).median / bare;
    return `at ${concurrency}: engine / bare engine ${own.toFixed(2)} (bar ${BAR_OF_ENGINE}), submitOrder / bare engine ${order.toFixed(2)}`;
  });
  const accepted = figure(of('submit-order', 1).flatMap(({ acceptedMs }) => acceptedMs)).median;
  return [
    `Processes, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    `Load ${load.map((value) => value.toFixed(1)).join(' to ')}; other programs used ${foreign === undefined ? 'an unknown part' : `${(foreign * 100).toFixed(0)} %`} of the processors (the database and the vendors are among them).`,
    '',
    ...lines,
    '',
    ...ratios,
    `submitOrder is accepted in ${accepted.toFixed(0)} ms at concurrency 1 (p50; bar ${BAR_ACCEPTED_MS})`,
    '',
  ].join('\n');
}

export function keepResults(text: string): void {
  const folder = join(import.meta.dirname, '../results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `process-${new Date().toISOString().slice(0, 10)}.md`), text);
}
