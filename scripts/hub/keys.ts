import type { Command } from 'commander';
import type { ApiKey, KeyStore } from '../../gateway/auth/key-store.ts';
import { SCOPES } from '../../gateway/auth/scopes.ts';
import { HubError } from '../../platform/errors.ts';

/** Gives a command the key store for as long as it works. */
export type WithKeyStore = <T>(work: (store: KeyStore) => Promise<T>) => Promise<T>;

interface CreateOptions {
  readonly name: string;
  readonly scopes: string;
  readonly actsFor?: string;
  readonly notBefore?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

const SCOPE_LINES = Object.entries(SCOPES).map(([scope, meaning]) => `  ${scope.padEnd(19)} ${meaning}`);

/** Adds `hub keys …`: the API keys of callers. `print` takes what a command answers. */
export function addKeys(program: Command, withStore: WithKeyStore, print: (text: string) => void): void {
  const keys = program.command('keys').description('create, list, show and revoke the API keys of callers');

  keys
    .command('create')
    .description('make a key; it is shown once and kept nowhere')
    .requiredOption('--name <name>', 'who will bear it')
    .requiredOption('--scopes <scopes>', 'what it may do, with commas between')
    .option('--acts-for <system>', 'system on whose behalf it writes: HUB, ERP, BILLING, CRM, SUPPORT or SUCCESS')
    .option('--not-before <instant>', 'first instant at which it holds, like 2027-01-31T00:00:00Z')
    .option('--expires <instant>', 'first instant at which it holds no more; a day means its beginning in UTC')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nScopes:\n${SCOPE_LINES.join('\n')}`)
    .action(async (options: CreateOptions) => {
      const wanted = {
        name: options.name,
        scopes: options.scopes
          .split(',')
          .map((scope) => scope.trim())
          .filter((scope) => scope !== ''),
        actsFor: options.actsFor?.toUpperCase() ?? null,
        ...(options.notBefore === undefined ? {} : { notBefore: options.notBefore }),
        expiresAt: options.expires ?? null,
      };
      const made = await withStore((store) => store.create(wanted));
      if (options.json) return print(JSON.stringify(made, null, 2));
      print(described(made));
      print(`\n  ${made.key}\n\nThis key is shown once. Send it as: Authorization: Bearer <key>`);
    });

  keys
    .command('list')
    .description('list all keys, newest first')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const all = await withStore((store) => store.list());
      print(json ? JSON.stringify(all, null, 2) : table(all));
    });

  keys
    .command('show')
    .description('show one key')
    .argument('<id>', 'its id, as in the list')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const key = known(id, await withStore((store) => store.show(id)));
      print(json ? JSON.stringify(key, null, 2) : described(key));
    });

  keys
    .command('revoke')
    .description('take a key back; every hub refuses it within 5 seconds')
    .argument('<id>', 'its id, as in the list')
    .action(async (id: string) => {
      const key = known(id, await withStore((store) => store.revoke(id)));
      print(`${key.id} (${key.name}) is revoked since ${key.revokedAt}.`);
    });
}

function known(id: string, key: ApiKey | null): ApiKey {
  if (key !== null) return key;
  throw new HubError('NOT_FOUND', `There is no key with the id ${id}. \`hub keys list\` shows all ids.`);
}

/** What can be said of a key at this moment. */
function state({ revokedAt, expiresAt, notBefore }: ApiKey, now = new Date().toISOString()): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  return notBefore > now ? 'not yet valid' : 'valid';
}

function described(key: ApiKey): string {
  const lines: readonly [string, string][] = [
    ['id', key.id],
    ['name', key.name],
    ['state', state(key)],
    ['scopes', key.scopes.join(', ')],
    ['acts for', key.actsFor ?? '-'],
    ['created', key.createdAt],
    ['holds from', key.notBefore],
    ['expires', key.expiresAt ?? 'never'],
    ['revoked', key.revokedAt ?? '-'],
    ['last used', key.lastUsedAt ?? 'never'],
  ];
  return lines.map(([label, value]) => `${label.padEnd(11)} ${value}`).join('\n');
}

function table(keys: readonly ApiKey[]): string {
  if (keys.length === 0) return 'There are no keys. `hub keys create --help` says how to make one.';
  const rows = [
    ['ID', 'NAME', 'STATE', 'ACTS FOR', 'LAST USED', 'SCOPES'],
    ...keys.map((key) => [
      key.id,
      key.name,
      state(key),
      key.actsFor ?? '-',
      key.lastUsedAt?.slice(0, 16) ?? 'never',
      key.scopes.length === Object.keys(SCOPES).length ? 'all' : key.scopes.join(','),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
