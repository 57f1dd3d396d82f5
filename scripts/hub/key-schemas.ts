import type { Command } from 'commander';
import { readTokenIssuers } from '../../gateway/auth/token-issuers.ts';
import { gatewayConfig } from '../../gateway/config.ts';
import type { Rights } from '../../gateway/policy/contracts.ts';
import type { Environment } from '../../platform/config.ts';
import { HubError } from '../../platform/errors.ts';
import { readGraph, supergraphText } from './graph.ts';
import { known, type WithKeyStore } from './keys.ts';

/** What the commands need of their surroundings. */
export interface KeySchemas {
  readonly withStore: WithKeyStore;
  readonly withSettings: (work: (env: Environment) => Promise<void>) => Promise<void>;
  readonly print: (text: string) => void;
}

/** Adds `hub keys schema`: the graph as a key, or as the bearer of a token, sees it. */
export function addKeySchemas(keys: Command, { withStore, withSettings, print }: KeySchemas): void {
  keys
    .command('schema')
    .description('print the graph as a key sees it: only what it may read and do; introspection tells the same')
    .argument('[id]', 'id of the key, as in the list')
    .option('--token-role <role>', 'of tokens instead: a role of AUTH_TOKENS, as role or as issuer:role')
    .option('--supergraph <file>', "another supergraph than the hub's own")
    .action((id: string | undefined, options: { readonly tokenRole?: string; readonly supergraph?: string }) =>
      withSettings(async (env) => {
        const rights = await rightsOf(id, options.tokenRole, env);
        const { policies } = gatewayConfig({ ...env, OPERATIONS: undefined, OPERATIONS_FILE: undefined });
        print(readGraph(supergraphText(options.supergraph), policies).contracts.sdlFor(rights).trimEnd());
      }),
    );

  async function rightsOf(id: string | undefined, role: string | undefined, env: Environment): Promise<Rights> {
    if (id !== undefined && role === undefined) return withStore(async (store) => known(id, await store.show(id)));
    if (id === undefined && role !== undefined) return rightsOfRole(role, env);
    throw new HubError('INVALID', 'Name one of the two: the id of a key, or --token-role <role>');
  }
}

/** @throws HubError when no issuer gives such a role, or several do */
function rightsOfRole(wanted: string, { AUTH_TOKENS }: Environment): Rights {
  if (!AUTH_TOKENS) throw new HubError('INVALID', 'AUTH_TOKENS names no file, so that there are no roles of tokens');
  const all = readTokenIssuers(AUTH_TOKENS, null).flatMap((issuer) =>
    issuer.roles.map((role) => ({ ...role, whole: `${issuer.name}:${role.role}` })),
  );
  const meant = all.filter(({ role, whole }) => whole === wanted || role === wanted);
  const [found] = meant;
  if (found !== undefined && meant.length === 1) return found;
  const choice = (meant.length === 0 ? all : meant).map(({ whole }) => whole).join(', ');
  throw new HubError(
    found === undefined ? 'NOT_FOUND' : 'INVALID',
    found === undefined
      ? `AUTH_TOKENS holds no role ${wanted}; there are ${choice}`
      : `Several issuers give the role ${wanted}; name one of ${choice}`,
  );
}
