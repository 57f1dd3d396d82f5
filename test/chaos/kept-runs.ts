import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosOptions, ChaosResult } from './run.ts';

const FOLDER = join(import.meta.dirname, '../../bench/results');
const HEAD = `# Random kills

A hub with a worker in it and a second worker beside it, killed with \`kill -9\` at random moments while a client asks for mixed
mutations and vendors refuse, hang and lose answers (\`npm run chaos -- --keep\`). Endings: before operators acted on what waited as
an exception, then after. Breaches: of I1-I4 and I11, as \`test/invariants\` tells them.

| at | seed | database | kills (hub, worker) | mutations (accepted, refused) | endings | once operators had acted | breaches | seconds |
|---|---|---|---|---|---|---|---|---|
`;

/** Adds a run to the table of its day. */
export function keepRun(run: Pick<ChaosOptions, 'seed' | 'setUp'> & { seconds: number; result: ChaosResult }): void {
  const at = new Date().toISOString();
  const file = join(FOLDER, `${at.slice(0, 10)}-chaos.md`);
  const { kills, accepted, refused, atFirst, inTheEnd, breaches } = run.result;
  const { hub = 0, worker = 0 } = kills;
  const cells = [
    at.slice(0, 16),
    run.seed,
    run.setUp,
    `${hub + worker} (${hub}, ${worker})`,
    `${accepted + refused} (${accepted}, ${refused})`,
    counted(atFirst),
    counted(inTheEnd),
    breaches.length,
    run.seconds,
  ];
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(file, `${existsSync(file) ? '' : HEAD}| ${cells.join(' | ')} |\n`);
}

const counted = (states: Readonly<Record<string, number>>): string =>
  Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
