import type { Command } from 'commander';
import { HubError } from '../../platform/errors.ts';
import type { KeyChange } from '../../platform/keys/key-change.ts';
import { changesBetween } from '../../platform/keys/key-changes.ts';
import type { ApiKey, KeyStore, NewApiKey, ShownKey } from '../../platform/keys/key-store.ts';
import type { KeyTerms } from '../../platform/keys/key-terms.ts';
import { schemaDifference } from './graph.ts';
import { readSpan, type TermsFlags, withTermsFlags, writtenTerms } from './keys-flags.ts';
import { changesText, described, tableOf } from './keys-text.ts';

/** Gives a command the key store for as long as it works. */
export type WithKeyStore = <T>(work: (store: KeyStore) => Promise<T>) => Promise<T>;

interface Json {
  readonly json?: boolean;
}

/** Kept as who changed a key. */
const BY: KeyChange = { by: 'command line', kind: 'COMMAND_LINE' };

/** Adds `hub keys …`: the API keys of callers. `print` takes what a command answers. Returns the command that holds them. */
export function addKeys(program: Command, withStore: WithKeyStore, print: (text: string) => void): Command {
  const keys = program.command('keys').description('make, look at, change, rotate and revoke the API keys of callers');
  const printJson = (value: unknown) => print(JSON.stringify(value, null, 2));
  const printSecret = (key: ShownKey) =>
    print(`\n  ${key.key}\n\nThis key is shown once. Send it as: Authorization: Bearer <key>`);
  const found = async (store: KeyStore, id: string) => known(id, await store.show(id));

  withTermsFlags(keys.command('create').description('make a key; it is shown once and kept nowhere')).action(
    async (flags: TermsFlags & Json) => {
      const wanted = writtenTerms(flags) as unknown as NewApiKey; // the store judges each field of what was written
      const made = await withStore((store) => store.create(wanted, BY));
      if (flags.json) return printJson(made);
      print(described(made));
      printSecret(made);
    },
  );

  keys
    .command('list')
    .description('list all keys, newest first')
    .option('--json', 'print JSON')
    .action(async ({ json }: Json) => {
      const all = await withStore((store) => store.list());
      if (json) printJson(all);
      else print(tableOf(all));
    });

  keys
    .command('show')
    .description('show one key')
    .argument('<id>', 'its id, as in the list')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: Json) => {
      const key = await withStore((store) => found(store, id));
      if (json) printJson(key);
      else print(described(key));
    });

  withTermsFlags(
    keys
      .command('update')
      .description('change what a key may do; it holds everywhere within 5 seconds')
      .argument('<id>', 'its id, as in the list')
      .option('--if-version <n>', 'only when it is still of this version'),
  ).action(async (id: string, flags: TermsFlags & Json & { readonly ifVersion?: string }) => {
    const updated = await withStore(async (store) => {
      const { budget, version } = await found(store, id);
      const change = writtenTerms(flags, budget) as Partial<KeyTerms>; // the store judges each field of what was written
      const seen = flags.ifVersion === undefined ? version : Number(flags.ifVersion);
      return known(id, await store.update(id, change, { ...BY, version: seen }));
    });
    if (flags.json) return printJson(updated);
    const { key, changes } = updated;
    print(
      `${key.id} (${key.name}) ${changes.length === 0 ? 'was so already.' : `is changed:\n${changesText(changes)}`}`,
    );
  });

  keys
    .command('diff')
    .description('say in what the second key is other than the first')
    .argument('<first>', 'id of a key')
    .argument('<second>', 'id of another')
    .option('--schema', 'say instead in what the second sees another graph')
    .option('--json', 'print JSON')
    .action(async (first: string, second: string, { json, schema }: Json & { readonly schema?: boolean }) => {
      const both = await withStore(async (store) => [await found(store, first), await found(store, second)] as const);
      const changes = schema ? schemaDifference(...both) : changesBetween(...both);
      if (json) return printJson(changes);
      if (changes.length === 0) return print(schema ? 'They see the same graph.' : 'They are the same.');
      print(changes.map((change) => (typeof change === 'string' ? change : changesText([change]))).join('\n'));
    });

  keys
    .command('rotate')
    .description('give a key another secret; the earlier one holds for the overlap, and both do until then')
    .argument('<id>', 'its id, as in the list')
    .option('--overlap <span>', 'like 24h, 30m or 7d; 0 ends every earlier secret at once', '24h')
    .option('--json', 'print JSON')
    .action(async (id: string, { overlap, json }: Json & { readonly overlap: string }) => {
      const overlapMs = readSpan(overlap);
      const key = known(id, await withStore((store) => store.rotate(id, { ...BY, overlapMs })));
      if (json) return printJson(key);
      print(described(key));
      printSecret(key);
    });

  keys
    .command('revoke')
    .description('take a key back; every hub refuses it within 5 seconds')
    .argument('<id>', 'its id, as in the list')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: Json) => {
      const key = known(id, await withStore((store) => store.revoke(id, BY)));
      if (json) printJson(key);
      else print(`${key.id} (${key.name}) is revoked since ${key.revokedAt}.`);
    });
  return keys;
}

/** @throws NOT_FOUND */
export function known<T extends ApiKey | object>(id: string, key: T | null): T {
  if (key !== null) return key;
  throw new HubError('NOT_FOUND', `There is no key with the id ${id}. \`hub keys list\` shows all ids.`);
}
