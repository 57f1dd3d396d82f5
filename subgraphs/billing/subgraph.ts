import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { type Context, createContext } from './loaders.ts';
import type { BillingPort } from './port.ts';
import { resolvers } from './resolvers.ts';

// The generated `Resolvers` is the stricter type: it knows each field, where Apollo's map knows only functions.
const resolverMap = resolvers as GraphQLResolverMap<Context>;

/** Subscriptions, charges, payments and collections, from whichever billing system stands behind the port. */
export function createBillingSubgraph(port: BillingPort): Subgraph {
  return {
    name: 'billing',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolverMap),
    contextFor: (request) => createContext(port, request),
  };
}
