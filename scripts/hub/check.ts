import { readFileSync } from 'node:fs';
import { systemClock } from '../../platform/clock.ts';
import { compose } from '../compose.ts';
import { type AgainstOptions, tellImpact } from './against.ts';
import { generatedFiles, stale, write } from './generated.ts';
import { findProblems } from './governance.ts';
import { readSubgraphFiles } from './subgraph-files.ts';

const SHARED = new URL('../../schema/shared.graphql', import.meta.url);

export interface CheckOptions extends Partial<Omit<AgainstOptions, 'after' | 'today'>> {
  /** Writes what follows from the schemas (scripts/hub/generated.ts). */
  readonly write?: boolean;
  /** Fails when some of it is not current. */
  readonly check?: boolean;
}

/**
 * `npm run hub -- check`: judges who owns what in the schemas, whether what follows from them is current, and, `--against` an
 * earlier graph, whom the change concerns. Returns the exit code.
 */
export async function check(options: CheckOptions): Promise<number> {
  const complain = (line: string) => process.stderr.write(`${line}\n`);
  const print = (text: string) => void process.stdout.write(`${text}\n`);
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
    if (options.write) {
      write(file);
      print(`${file.path} ${file.text === null ? 'removed' : 'written'}`);
    } else if (options.check) {
      complain(`${file.path} is not what the schemas say: run \`npm run hub -- check --write\``);
    }
  }
  if (options.check && outdated.length > 0) return 1;
  if (options.against === undefined) return 0;
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  return tellImpact({ ...options, against: options.against, after: composed.supergraphSdl, today }, print);
}
