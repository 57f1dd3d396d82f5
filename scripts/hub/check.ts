import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findProblems } from './governance.ts';
import { ownershipPage } from './ownership-page.ts';
import { readSubgraphFiles } from './subgraph-files.ts';

const SHARED = new URL('../../schema/shared.graphql', import.meta.url);
const PAGE = new URL('../../schema/ownership.md', import.meta.url);

/**
 * `npm run hub -- check [--write | --check]`: judges who owns what in the schemas. `--write` writes schema/ownership.md,
 * `--check` fails when it is not current. Returns the exit code.
 */
export async function check(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: { write: { type: 'boolean', default: false }, check: { type: 'boolean', default: false } },
  });
  const files = readSubgraphFiles();
  const problems = findProblems(files, readFileSync(SHARED, 'utf8'));
  for (const { file, at, wrong, right } of problems) process.stderr.write(`${file}: ${at} ${wrong}: ${right}\n`);
  if (problems.length > 0) {
    process.stderr.write(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n`);
    return 1;
  }
  const page = ownershipPage(files);
  const committed = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  if (values.write && committed !== page) {
    writeFileSync(PAGE, page);
    process.stdout.write('schema/ownership.md written\n');
  } else if (values.check && committed !== page) {
    process.stderr.write('schema/ownership.md is not what the schemas say: run `npm run hub -- check --write`\n');
    return 1;
  }
  return 0;
}
