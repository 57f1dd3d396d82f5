import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext, type ProcessServices } from './loaders.ts';
import { resolvers } from './resolvers.ts';

/** Acts across systems, and everything about their runs. */
export function createProcessSubgraph(services: ProcessServices): Subgraph {
  return {
    name: 'process',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(services, request),
  };
}
