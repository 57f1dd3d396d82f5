/** Load runs: `npm run bench:load -- --case D02`. Exit code 1 when a bar is missed, 3 when nothing could be said about time. */
import { Command, InvalidArgumentError } from 'commander';
import { calibrate, normalHere, noteNormal } from './calibrate.ts';
import { CASES } from './cases/all.ts';
import { startGround } from './ground.ts';
import type { LoadCase } from './load-case.ts';
import { keep, report } from './report.ts';
import { runCase } from './run-case.ts';

interface Options {
  readonly case: readonly LoadCase[];
  readonly runs: number;
  readonly short: boolean;
  readonly save: boolean;
  readonly noteNormal: boolean;
}

const options = new Command('npm run bench:load --')
  .description(
    'Runs of section D of the hardening matrix: arrivals at due times, against the hub as a process of its own.',
  )
  .option('--case <ids>', `which, with commas between: ${CASES.map(({ id }) => id).join(', ')}`, casesOf, CASES)
  .option('--runs <n>', 'the middle one counts', runsOf, 3)
  .option('--short', 'one run of seconds, to see that the program works; not saved', false)
  .option('--no-save', 'write nothing to bench/results')
  .option(
    '--note-normal',
    'instead: note what this machine gives while it is quiet, which later runs are held against',
    false,
  )
  .showHelpAfterError()
  .parse()
  .opts<Options>(); // the options above, by commander's naming

if (options.noteNormal) {
  await using ground = await startGround({ customers: 10 });
  const calibration = await calibrate(ground, 5);
  noteNormal(calibration);
  process.stdout.write(
    `${calibration.answersPerSecond.toFixed(0)} plain answers/s at load ${calibration.load.toFixed(2)}\n`,
  );
} else {
  const results = [];
  for (const loadCase of options.case) {
    const result = await runCase(loadCase, {
      length: options.short ? 'SHORT' : 'FULL',
      runs: options.short ? 1 : options.runs,
      normal: normalHere(),
      told: (line) => process.stderr.write(`${line}\n`),
    });
    process.stdout.write(`${report(result)}\n`);
    if (options.save && !options.short) process.stderr.write(`kept in ${keep(result)}\n`);
    results.push(result);
  }
  const verdicts = results.flatMap(({ bars }) => bars.map(({ verdict }) => verdict));
  process.exitCode = verdicts.includes('FAIL') ? 1 : !options.short && verdicts.includes('NOT MEASURED') ? 3 : 0;
}

function casesOf(text: string): readonly LoadCase[] {
  return text.split(',').map((id) => {
    const found = CASES.find((one) => one.id === id.trim().toUpperCase());
    if (found === undefined) throw new InvalidArgumentError(`must be of ${CASES.map((one) => one.id).join(', ')}`);
    return found;
  });
}

function runsOf(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1 to 99');
  return Number(text);
}
