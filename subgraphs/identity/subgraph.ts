import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { type Context, createContext } from './loaders.ts';
import type { IdentityPort } from './port.ts';
import { resolvers } from './resolvers.ts';

// The generated `Resolvers` is the stricter type: it knows each field, where Apollo's map knows only functions.
const resolverMap = resolvers as GraphQLResolverMap<Context>;

/** Who is who across all systems, from the hub's own register. */
export function createIdentitySubgraph(port: IdentityPort): Subgraph {
  return {
    name: 'identity',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolverMap),
    contextFor: (request) => createContext(port, request),
  };
}
