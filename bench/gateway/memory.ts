import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATEWAYS } from './gateways.ts';
import { machine } from './machine.ts';
import type { Options } from './options.ts';
import { short, table } from './report.ts';
import { checkAnswers } from './run/check-answers.ts';
import type { RunningGround } from './run/ground.ts';
import { memoryMb } from './run/process-tree.ts';
import { startGateway } from './run/started-gateway.ts';

const PEAK_BAR_MB = 250;
/** Growth over the second half that counts as none: less than one young generation of Node. */
const FLAT_MB = 10;

interface Sample {
  readonly second: number;
  readonly mb: number;
}

/** Growth per second of the straight line that fits the samples best (least squares). */
export function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ second }) => second)), mean(samples.map(({ mb }) => mb))];
  const over = samples.reduce((sum, { second, mb }) => sum + (second - x) * (mb - y), 0);
  return over / samples.reduce((sum, { second }) => sum + (second - x) ** 2, 0);
}

/** Asks many differing requests, small and big in turn, and looks at the memory once a second. From the start: nothing is warmed up. */
export async function measureMemory(
  options: Options,
  ground: RunningGround,
  results: string,
  told: (text: string) => void,
): Promise<void> {
  const name = options.only?.[0] ?? 'ours';
  const gateway = GATEWAYS.find((one) => one.name === name);
  if (gateway === undefined) throw new Error(`There is no set-up ${name}`);
  const started = await startGateway(gateway, ground, { cpu: ground.processors.gateway });
  try {
    const wrong = gateway.floor ? undefined : await checkAnswers(started);
    if (wrong !== undefined) throw new Error(`${name} answers wrongly: ${wrong}`);
    const { url, headers, pid } = started;
    told(`${options.requests} requests to ${name} ...`);
    const samples: Sample[] = [];
    const startedAt = performance.now();
    const look = () => samples.push({ second: (performance.now() - startedAt) / 1_000, mb: memoryMb(pid, 'VmRSS') });
    look();
    const timer = setInterval(look, 1_000);
    const { shops, requests } = options;
    const load = await ground
      .load({ url, headers, queries: ['small', 'big'], shops, requests })
      .finally(() => clearInterval(timer));
    look();
    const end = samples.at(-1)?.second ?? 0;
    const late = samples.filter(({ second }) => second >= end / 2);
    const growth = (slope(late) * end) / 2;
    const peak = memoryMb(pid, 'VmHWM');
    const verdict = (reached: boolean) => (reached ? 'reached' : 'NOT reached');
    const text = [
      `# Memory of ${name} over ${load.requests} differing requests, small and big in turn`,
      '',
      `${machine().cpu}, Node ${machine().node}, commit ${machine().commit}; 8 connections; ${short(load.seconds)} s, ${load.wrong} wrong answers${load.firstWrong ? ` (${load.firstWrong})` : ''}.`,
      '',
      table(
        ['', 'bar', 'measured', 'verdict'],
        [
          ['peak resident memory', `≤ ${PEAK_BAR_MB} MB`, `${peak.toFixed(0)} MB`, verdict(peak <= PEAK_BAR_MB)],
          ['growth in the second half', `≤ ${FLAT_MB} MB`, `${growth.toFixed(1)} MB`, verdict(growth <= FLAT_MB)],
        ],
      ),
      '',
      `MB at each tenth of the time: ${tenths(samples).join(', ')}`,
      '',
    ].join('\n');
    process.stdout.write(text);
    if (!options.save) return;
    mkdirSync(results, { recursive: true });
    const file = join(results, `${new Date().toISOString().slice(0, 10)}-gateway-memory`);
    writeFileSync(`${file}.md`, text);
    const found = { machine: machine(), gateway: name, peakMb: peak, growthMb: growth, ...load };
    writeFileSync(
      `${file}.json`,
      `${JSON.stringify({ ...found, samples: samples.map(({ mb }) => Math.round(mb)) }, null, 2)}\n`,
    );
  } finally {
    await started.stop();
  }
}

const tenths = (samples: readonly Sample[]): string[] =>
  Array.from({ length: 11 }, (_, i) => (samples[Math.round((i * (samples.length - 1)) / 10)]?.mb ?? 0).toFixed(0));
