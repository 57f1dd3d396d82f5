/**
 * Checks a hub and its sandbox after a run:
 * `node test/invariants/main.ts --database <url> --sandbox <control url> --log <acknowledgements.ndjson>`.
 * Prints each breach; exit code 1 when there is one.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createDb } from '../../platform/db/db.ts';
import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import { check, told } from './check.ts';
import { collect } from './collect.ts';
import type { Acknowledgement } from './evidence.ts';

const { values } = parseArgs({
  options: { database: { type: 'string' }, sandbox: { type: 'string' }, log: { type: 'string' } },
});
const { database, sandbox, log } = values;
if (database === undefined || sandbox === undefined || log === undefined) {
  process.stderr.write('name --database <url>, --sandbox <control url> and --log <file>\n');
  process.exit(2);
}
const db = createDb(database);
const evidence = await collect({
  db,
  ledger: async (vendor) => {
    const answer = await fetch(new URL(`/ledger/${vendor}`, sandbox));
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status} for the ledger of ${vendor}`);
    return ((await answer.json()) as { entries: NumberedEntry[] }).entries; // as sandbox/control answers
  },
  acknowledgements: readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Acknowledgement), // written by the same program's client
});
await db.destroy();
const breaches = check(evidence);
for (const breach of breaches) process.stdout.write(`${told(breach)}\n`);
process.stdout.write(
  `${evidence.runs.length} processes, ${evidence.acknowledgements.length} acknowledgements, ${breaches.length} breaches\n`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;
