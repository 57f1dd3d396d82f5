import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compose } from '../compose.ts';
import { generatedFiles, stale, write } from './generated.ts';
import { findProblems } from './governance.ts';
import { readSubgraphFiles } from './subgraph-files.ts';

const SHARED = new URL('../../schema/shared.graphql', import.meta.url);

/**
 * `npm run hub -- check [--write | --check]`: judges who owns what in the schemas. `--write` writes what follows from them
 * (scripts/hub/generated.ts), `--check` fails when some of it is not current. Returns the exit code.
 */
export async function check(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: { write: { type: 'boolean', default: false }, check: { type: 'boolean', default: false } },
  });
  const complain = (line: string) => process.stderr.write(`${line}\n`);
  const files = readSubgraphFiles();
  const problems = findProblems(files, readFileSync(SHARED, 'utf8'));
  for (const { file, at, wrong, right } of problems) complain(`${file}: ${at} ${wrong}: ${right}`);
  if (problems.length > 0) {
    complain(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
    return 1;
  }
  const composed = compose();
  if ('errors' in composed) {
    for (const error of composed.errors) complain(`error  ${error}`);
    return 1;
  }
  const outdated = stale(generatedFiles(files, composed.supergraphSdl));
  for (const file of outdated) {
    if (values.write) {
      write(file);
      process.stdout.write(`${file.path} ${file.text === null ? 'removed' : 'written'}\n`);
    } else if (values.check) {
      complain(`${file.path} is not what the schemas say: run \`npm run hub -- check --write\``);
    }
  }
  return values.check && outdated.length > 0 ? 1 : 0;
}
