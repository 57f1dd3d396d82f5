import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { type Context, createContext } from './loaders.ts';
import type { CrmPort } from './port.ts';
import { resolvers } from './resolvers.ts';

// The generated `Resolvers` is the stricter type: it knows each field, where Apollo's map knows only functions.
const resolverMap = resolvers as GraphQLResolverMap<Context>;

/** Accounts as sales sees them, contacts, pipeline and quotes, from whichever CRM stands behind the port. */
export function createCrmSubgraph(port: CrmPort): Subgraph {
  return {
    name: 'crm',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolverMap),
    contextFor: (request) => createContext(port, request),
  };
}
