import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { type Context, createContext, type ProcessServices } from './loaders.ts';
import { resolvers } from './resolvers.ts';

// The generated `Resolvers` is the stricter type: it knows each field, where Apollo's map knows only functions.
const resolverMap = resolvers as GraphQLResolverMap<Context>;

/** Acts across systems, and everything about their runs. */
export function createProcessSubgraph(services: ProcessServices): Subgraph {
  return {
    name: 'process',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolverMap),
    contextFor: (request) => createContext(services, request),
  };
}
