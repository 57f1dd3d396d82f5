import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readManifest } from '../../gateway/operations/manifest.ts';
import { HubError } from '../../platform/errors.ts';
import { impactOf } from './impact.ts';
import { impactJson, impactText } from './impact-text.ts';

export interface AgainstOptions {
  /** A file that holds a supergraph, or a revision of git. */
  readonly against: string;
  /** The supergraph as it would be. */
  readonly after: string;
  /** The manifest, or folder, of what client teams registered. Default: schema/operations. */
  readonly operations?: string | undefined;
  readonly allowBreaking?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly today: string;
}

const ROOT = new URL('../../', import.meta.url);
const OPERATIONS = new URL('schema/operations', ROOT).pathname;

/**
 * Says what a change of the graph means for owners, audiences and registered operations. Returns the exit code: 1 where it
 * breaks an operation whose team was not told in time. @throws HubError, ManifestError
 */
export function tellImpact(options: AgainstOptions, print: (text: string) => void): number {
  const { against, after, operations = OPERATIONS, allowBreaking = false, today } = options;
  const impact = impactOf({ before: supergraphOf(against), after, operations: readManifest(operations), today });
  print(options.json ? impactJson(impact) : impactText(impact, allowBreaking));
  return allowBreaking || impact.broken.every(({ announced }) => announced) ? 0 : 1;
}

/** @throws INVALID where there is neither such a file nor such a revision with a supergraph in it */
function supergraphOf(against: string): string {
  if (existsSync(against)) return readFileSync(against, 'utf8');
  try {
    return execFileSync('git', ['show', '--end-of-options', `${against}:schema/supergraph.graphql`], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const why = `--against must be a file that holds a supergraph, or a revision of git that has schema/supergraph.graphql`;
    const said = String((cause as { stderr?: unknown }).stderr ?? '').trim(); // of node:child_process
    throw new HubError('INVALID', `${why}; ${against} is neither${said === '' ? '' : ` (${said})`}`, { cause });
  }
}
