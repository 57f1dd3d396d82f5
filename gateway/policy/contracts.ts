import type { GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type DataClasses, isMasked } from '../../platform/mask/data-classes.ts';
import type { Principal } from '../../platform/principal.ts';
import { type ContractView, contractSchema, contractSdl } from './contract.ts';

/** What decides which part of the graph a caller sees; keys, roles and principals have it. */
export type Rights = Pick<Principal, 'scopes' | 'unmasked' | 'acts'>;

export interface Contracts {
  /** The graph as one with these rights sees it; the same object for as long as it is kept. */
  schemaFor(rights: Rights): GraphQLSchema;
  /** The same as SDL, in the order of the source. */
  sdlFor(rights: Rights): string;
}

type Denied = ContractView['denied'] & { readonly key: string };

export interface ContractsOptions {
  readonly schema: GraphQLSchema;
  readonly deniedTo: (scopes: readonly string[]) => Denied;
  /** What may not be sent in by whom this is kept from. Default: all may. */
  readonly barredTo?: (kept: Denied & { readonly masked: ReadonlySet<string> }) => ReadonlySet<string>;
  readonly classes: DataClasses;
  readonly writes: ReadonlyMap<string, readonly string[]>;
}

/** One costs milliseconds and some megabytes; few callers read the schema. */
const KEPT = 20;

export function createContracts(options: ContractsOptions): Contracts {
  const { schema, deniedTo, barredTo = () => new Set(), classes, writes } = options;
  const kept = new LRUCache<string, GraphQLSchema>({ max: KEPT });

  const keyOf = ({ scopes, unmasked }: Pick<Rights, 'scopes' | 'unmasked'>): string =>
    JSON.stringify([deniedTo(scopes).key, [...unmasked].sort()]);
  const viewOf = ({ scopes, unmasked, acts }: Rights): ContractView => {
    const masks = new Map<string, string>();
    for (const [coordinate, data] of classes) if (isMasked(data, unmasked)) masks.set(coordinate, data.mask);
    const denied = deniedTo(scopes);
    const barred = barredTo({ ...denied, key: keyOf({ scopes, unmasked }), masked: new Set(masks.keys()) });
    return { denied, barred, acts, masks, writes };
  };

  return {
    schemaFor(rights) {
      const key = `${keyOf(rights)} ${JSON.stringify(rights.acts)}`;
      const found = kept.get(key) ?? contractSchema(schema, viewOf(rights));
      kept.set(key, found);
      return found;
    },
    sdlFor: (rights) => contractSdl(schema, viewOf(rights)),
  };
}
