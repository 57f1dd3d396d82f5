import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext } from './loaders.ts';
import type { AccessPort } from './port.ts';
import { resolvers } from './resolvers.ts';

/** Who may use the graph, and who did: keys and the audit. */
export function createAccessSubgraph(port: AccessPort): Subgraph {
  return {
    name: 'access',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(port, request),
  };
}
