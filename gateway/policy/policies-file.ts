import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../../platform/config.ts';
import { SCOPES } from '../../platform/keys/scopes.ts';
import type { Policies } from './scopes.ts';

const [anyScope] = Object.keys(SCOPES);

const Shape = z.record(
  z.string().min(1),
  z.array(
    z.string().min(1, 'must be the name of a scope'),
    `must be a list of scopes of which any one meets it, like [${anyScope}]`,
  ),
  `must hold policies by name, each a list of scopes, like "credit-desk: [${anyScope}]"`,
);

/**
 * Reads the YAML or JSON file that `HUB_POLICIES` names: for each policy the scopes of which any one meets it; an empty list
 * is met by nobody. @throws ConfigError with every problem of it at once
 */
export function readPolicies(path: string): Policies {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`HUB_POLICIES: ${path} cannot be read (${String((error as { code?: unknown }).code)})`]); // of node:fs
  }
  const document = parseDocument(source, { prettyErrors: false });
  const broken = document.errors.map(({ message, pos: [at] }) => {
    return `HUB_POLICIES: ${path}: line ${source.slice(0, at).split('\n').length}: ${message}`;
  });
  if (broken.length > 0) throw new ConfigError(broken);
  const read = Shape.safeParse(document.toJS() ?? {});
  if (read.success) return read.data;
  throw new ConfigError(
    read.error.issues.map(
      ({ path: at, message }) => `HUB_POLICIES: ${path}: ${at.length === 0 ? 'the file' : at.join('.')}: ${message}`,
    ),
  );
}
