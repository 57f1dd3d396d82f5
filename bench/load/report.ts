import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { CaseResult, JudgedBar } from './run-case.ts';

const RESULTS = join(import.meta.dirname, '../results');

/** One case as Markdown, which is also what the terminal shows. */
export function report({ id, title, length, bars, figures, notes, calibrations }: CaseResult): string {
  const plain = calibrations.map(
    ({ answersPerSecond, load }) => `${answersPerSecond.toFixed(0)}/s at load ${load.toFixed(1)}`,
  );
  return [
    `# ${id}, ${today()}: ${title}`,
    '',
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; hub, sandbox, database and load on the same machine.`,
    `${calibrations.length} run${calibrations.length === 1 ? '' : 's'}, ${length === 'FULL' ? 'full length' : 'SHORT: to see that the program works'}; calibration ${plain.join(', ')}.`,
    '',
    '| bar | must be | is | runs | verdict |',
    '|---|---|---|---|---|',
    ...bars.map(row),
    '',
    '| figure (middle of the runs) | |',
    '|---|---|',
    ...Object.entries(figures).map(([name, value]) => `| ${name} | ${shown(value)} |`),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
    '',
  ].join('\n');
}

const row = ({ name, unit, value, values, verdict, atMost, atLeast }: JudgedBar): string =>
  `| ${name} | ${atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`} ${unit} | ${shown(value)} | ${values.map(shown).join(', ')} | ${verdict} |`;

/** What was refused or lost makes a time infinite. */
const shown = (value: number): string =>
  Number.isInteger(value) ? String(value) : Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : 1) : '∞';

const today = (): string => new Date().toISOString().slice(0, 10);

export function keep(result: CaseResult): string {
  mkdirSync(RESULTS, { recursive: true });
  const name = `${today()}-load-${result.id.toLowerCase()}`;
  writeFileSync(join(RESULTS, `${name}.md`), report(result));
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  return `bench/results/${name}.md`;
}
