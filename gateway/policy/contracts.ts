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

export interface ContractsOptions {
  readonly schema: GraphQLSchema;
  readonly deniedTo: (scopes: readonly string[]) => ContractView['denied'] & { readonly key: string };
  readonly classes: DataClasses;
  readonly writes: ReadonlyMap<string, readonly string[]>;
}

/** One costs milliseconds and some megabytes; few callers read the schema. */
const KEPT = 20;

export function createContracts({ schema, deniedTo, classes, writes }: ContractsOptions): Contracts {
  const kept = new LRUCache<string, GraphQLSchema>({ max: KEPT });

  const viewOf = ({ scopes, unmasked, acts }: Rights): ContractView => {
    const masks = new Map<string, string>();
    for (const [coordinate, data] of classes) if (isMasked(data, unmasked)) masks.set(coordinate, data.mask);
    return { denied: deniedTo(scopes), acts, masks, writes };
  };

  return {
    schemaFor(rights) {
      const key = JSON.stringify([deniedTo(rights.scopes).key, [...rights.unmasked].sort(), rights.acts]);
      const found = kept.get(key) ?? contractSchema(schema, viewOf(rights));
      kept.set(key, found);
      return found;
    },
    sdlFor: (rights) => contractSdl(schema, viewOf(rights)),
  };
}
