/** Random kills by hand: `npm run chaos -- --seed 1 --kills 100 --mutations 500 --set-up external`. Exit code 1 on a breach. */
import { parseArgs } from 'node:util';
import { told } from '../invariants/check.ts';
import { runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '100' },
    mutations: { type: 'string', default: '500' },
    'set-up': { type: 'string', default: 'embedded' },
  },
});
const setUp = values['set-up'];
if (setUp !== 'embedded' && setUp !== 'external') {
  process.stderr.write('--set-up is embedded or external\n');
  process.exit(2);
}
const startedAt = performance.now();
const { endings, accepted, refused, kills, breaches } = await runChaos({
  seed: Number(values.seed),
  kills: Number(values.kills),
  mutations: Number(values.mutations),
  setUp,
  progress: (line) => process.stdout.write(`${line}\n`),
});
for (const breach of breaches) process.stdout.write(`${told(breach)}\n`);
process.stdout.write(
  `seed ${values.seed}, ${setUp}: kills ${JSON.stringify(kills)}, ${accepted} accepted, ${refused} refused, ` +
    `endings ${JSON.stringify(endings)}, ${breaches.length} breaches, ${Math.round((performance.now() - startedAt) / 1000)} s\n`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;
