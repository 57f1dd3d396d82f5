import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GraphQLError, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { z } from 'zod';
import { type RegisteredOperation, sha256 } from './registry.ts';

/** The manifest does not fit; `problems` names every operation that is wrong and what would be right. */
export class ManifestError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ManifestError';
    this.problems = problems;
  }
}

const FORMAT = 'apollo-persisted-query-manifest';

/** The manifest that client build tools write: Apollo's generator, and others after it. */
const Manifest = z.object({
  format: z.literal(FORMAT, `must be "${FORMAT}"`),
  version: z.literal(1, 'must be 1'),
  operations: z.array(
    z.object({
      // The letters of a document identifier, GraphQL over HTTP, appendix on persisted documents.
      id: z.string().regex(/^[A-Za-z0-9._~:-]{1,256}$/, 'must be 1 to 256 letters, digits or any of . _ ~ - :'),
      name: z.string(),
      type: z.enum(['query', 'mutation', 'subscription'], 'must be query, mutation or subscription'),
      body: z.string(),
    }),
    'must be a list of {id, name, type, body}',
  ),
});

/**
 * Registered operations from a manifest, or from a folder of `.graphql` files with one operation each and the fragments that
 * it uses; there the SHA-256 of the text without the space around it is the id. @throws ManifestError with every problem
 */
export function readManifest(path: string): readonly RegisteredOperation[] {
  try {
    return checked(statSync(path).isDirectory() ? fromFolder(path) : fromFile(path));
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    throw new ManifestError([`${path} cannot be read (${String((error as { code?: unknown }).code ?? error)})`]); // code: of node:fs
  }
}

/** With where it was found, for messages. */
type Found = Omit<RegisteredOperation, 'type' | 'name'> & {
  readonly at: string;
  readonly said?: { readonly name: string; readonly type: string };
};

function fromFile(path: string): readonly Found[] {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ManifestError([`${path} must be JSON in the form "${FORMAT}", or a folder of .graphql files`]);
  }
  const read = Manifest.safeParse(json);
  if (!read.success) {
    throw new ManifestError(read.error.issues.map((issue) => `${issue.path.join('.') || path}: ${issue.message}`));
  }
  return read.data.operations.map(({ id, name, type, body }, index) => ({
    id,
    body,
    at: name === '' ? `operations.${index}` : name,
    said: { name, type },
  }));
}

const fromFolder = (path: string): readonly Found[] =>
  globSync('**/*.{graphql,gql}', { cwd: path })
    .sort()
    .map((file) => {
      const body = readFileSync(join(path, file), 'utf8')
        .replace(/^\uFEFF/, '')
        .trim();
      return { id: sha256(body), body, at: file };
    });

/** @throws ManifestError with every problem */
function checked(found: readonly Found[]): readonly RegisteredOperation[] {
  const problems: string[] = [];
  const owners = new Map<string, Found>();
  const operations: RegisteredOperation[] = [];
  for (const entry of found) {
    const operation = operationIn(entry);
    if (typeof operation === 'string') {
      problems.push(`${entry.at}: ${operation}`);
      continue;
    }
    for (const id of new Set([entry.id, sha256(entry.body)])) {
      const other = owners.get(id);
      if (other !== undefined && other.body !== entry.body) {
        problems.push(`${entry.at}: has the id ${id}, and so has ${other.at} with another text; give each its own`);
      }
      owners.set(id, entry);
    }
    operations.push(operation);
  }
  if (found.length === 0) problems.push('holds no operations; register one, or leave OPERATIONS_FILE out');
  if (problems.length > 0) throw new ManifestError(problems);
  return operations;
}

/** The operation, or what is wrong with its entry. */
function operationIn({ id, body, said }: Found): RegisteredOperation | string {
  let operation: OperationDefinitionNode | undefined;
  try {
    const operations = parse(body, { noLocation: true }).definitions.filter(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    );
    if (operations.length !== 1) return `must hold exactly one operation, and holds ${operations.length}`;
    [operation] = operations;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [place] = error.locations ?? [];
    return `cannot be parsed: ${error.message}${place ? ` (line ${place.line}, column ${place.column})` : ''}`;
  }
  const name = operation?.name?.value;
  const type = operation?.operation;
  if (name === undefined) return 'the operation has no name; give it one, so that problems can be told by it';
  if (type === undefined) return 'holds no operation';
  if (said !== undefined && said.name !== name) return `the name must be "${name}" as in its body, not "${said.name}"`;
  if (said !== undefined && said.type !== type) return `the type must be "${type}" as in its body, not "${said.type}"`;
  return { id, name, type, body };
}
