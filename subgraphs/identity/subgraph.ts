import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext } from './loaders.ts';
import type { IdentityPort } from './port.ts';
import { resolvers } from './resolvers.ts';

/** Who is who across all systems, from the hub's own register. */
export function createIdentitySubgraph(port: IdentityPort): Subgraph {
  return {
    name: 'identity',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(port, request),
  };
}
