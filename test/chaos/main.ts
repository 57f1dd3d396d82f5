/**
 * Random kills by hand: `npm run chaos -- --seed 1 --kills 100 --mutations 500 --set-up external`. Exit code 1 on a breach.
 * `--keep` adds the run to the table of its day in `bench/results`.
 */
import { parseArgs } from 'node:util';
import { told } from '../invariants/check.ts';
import { keepRun } from './kept-runs.ts';
import { runChaos } from './run.ts';
import { SET_UPS } from './victims.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '100' },
    mutations: { type: 'string', default: '500' },
    'set-up': { type: 'string', default: 'embedded' },
    keep: { type: 'boolean', default: false },
  },
});
const setUp = SET_UPS.find((one) => one === values['set-up']);
if (setUp === undefined) {
  process.stderr.write(`--set-up is ${SET_UPS.join(' or ')}\n`);
  process.exit(2);
}
const asked = {
  seed: Number(values.seed),
  kills: Number(values.kills),
  mutations: Number(values.mutations),
  setUp,
} as const;
const startedAt = performance.now();
const result = await runChaos({ ...asked, progress: (line) => process.stdout.write(`${line}\n`) });
const seconds = Math.round((performance.now() - startedAt) / 1_000);
for (const breach of result.breaches) process.stdout.write(`${told(breach)}\n`);
const { accepted, refused, kills, atFirst, inTheEnd, kinds, breaches } = result;
process.stdout.write(
  [
    `seed ${asked.seed}, ${setUp} database, two workers: ${seconds} s`,
    `kills ${JSON.stringify(kills)}`,
    `mutations: ${accepted} accepted, ${refused} refused; processes ${JSON.stringify(kinds)}`,
    `endings ${JSON.stringify(atFirst)}, once operators had acted ${JSON.stringify(inTheEnd)}`,
    `breaches: ${breaches.length}`,
    '',
  ].join('\n'),
);
if (values.keep) keepRun({ ...asked, seconds, result });
process.exitCode = breaches.length === 0 ? 0 : 1;
