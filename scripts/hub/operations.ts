import type { Command } from 'commander';
import { gatewayConfig } from '../../gateway/config.ts';
import { createDocuments } from '../../gateway/documents.ts';
import { readManifest } from '../../gateway/operations/manifest.ts';
import type { BrokenOperation } from '../../gateway/operations/prepare-registered.ts';
import type { Environment } from '../../platform/config.ts';
import { apiSchema, supergraphText } from './graph.ts';

/** Reads the hub's settings for a command. */
export type WithSettings = (work: (env: Environment) => Promise<void>) => Promise<void>;

/** Adds `hub operations …`: what client teams register. `say` takes what a command answers. */
export function addOperations(program: Command, withSettings: WithSettings, say: (text: string) => void): void {
  const operations = program.command('operations').description('judge the operations that client teams register');

  operations
    .command('check')
    .description('name the registered operations that a supergraph breaks; exit code 1 when there are any')
    .argument('<manifest>', 'the manifest, or a folder of .graphql files')
    .option('--supergraph <file>', "another supergraph than the hub's own")
    .option('--json', 'print JSON')
    .action((manifest: string, options: { supergraph?: string; json?: boolean }) =>
      withSettings(async (env) => {
        const registered = readManifest(manifest);
        // The limits that the hub would have; not the manifest that it would read.
        const { limits } = gatewayConfig({ ...env, OPERATIONS: undefined, OPERATIONS_FILE: undefined });
        const schema = apiSchema(supergraphText(options.supergraph));
        const documents = createDocuments({ schema, limits });
        const broken = registered
          .map((operation) => ({ operation, errors: documents.prepare(operation.body) }))
          .filter(({ errors }) => errors.length > 0);
        say(options.json ? asJson(registered.length, broken) : asText(registered.length, broken));
        if (broken.length > 0) process.exitCode = 1;
      }),
    );
}

const problemsOf = ({ errors }: BrokenOperation) =>
  errors.map(({ message, locations, extensions }) => {
    const [place] = locations ?? [];
    return { message, code: extensions.code, ...(place ? { line: place.line, column: place.column } : {}) };
  });

const asJson = (count: number, broken: readonly BrokenOperation[]): string =>
  JSON.stringify(
    {
      operations: count,
      broken: broken.map((entry) => ({
        name: entry.operation.name,
        id: entry.operation.id,
        problems: problemsOf(entry),
      })),
    },
    null,
    2,
  );

function asText(count: number, broken: readonly BrokenOperation[]): string {
  if (broken.length === 0) return `${count} of ${count} registered operations fit the graph.`;
  const told = broken.map((entry) => {
    const problems = problemsOf(entry).map(({ message, line, column }) => {
      const at = line === undefined ? '' : ` (line ${line}, column ${column})`;
      return `  ${message}${at}`;
    });
    return [`${entry.operation.name} (${entry.operation.id})`, ...problems].join('\n');
  });
  return `${told.join('\n')}\n${broken.length} of ${count} registered operations do not fit the graph.`;
}
