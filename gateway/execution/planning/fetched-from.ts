import type { Supergraph } from '@apollo/federation-internals';
import { type EntityKeys, entityKeys } from './entity-keys.ts';
import type { FixedField } from './fixed-arguments.ts';
import { type RequiredPlaces, requiredPlaces } from './required-fields.ts';
import { returnedTypes, type SubgraphTypes, subgraphTypes } from './subgraph-types.ts';
import type { SupergraphTypes } from './supergraph-types.ts';

/** What a plan is followed and proven with. */
export interface FetchedFrom {
  readonly subgraphs: ReadonlyMap<string, SubgraphTypes>;
  readonly fixed: ReadonlyMap<string, FixedField>;
  /** Object types that a field of an object type may return, as all subgraphs that answer it have it. */
  returned(object: string, field: string): ReadonlySet<string> | undefined;
  readonly required: RequiredPlaces;
  readonly keys: EntityKeys;
  /** Object types of any type of the supergraph. */
  possible(type: string): ReadonlySet<string>;
}

/** @param types of the same supergraph */
export function fetchedFrom(
  supergraph: Supergraph,
  types: SupergraphTypes,
  fixed: ReadonlyMap<string, FixedField>,
): FetchedFrom {
  const subgraphs = subgraphTypes(supergraph);
  return {
    subgraphs,
    fixed,
    possible: types.possible,
    returned: returnedTypes(subgraphs),
    required: requiredPlaces(types),
    keys: entityKeys(types),
  };
}
