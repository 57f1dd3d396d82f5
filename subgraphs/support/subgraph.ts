import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext } from './loaders.ts';
import type { SupportPort } from './port.ts';
import { resolvers } from './resolvers.ts';

/** Cases with SLA and entitlements, from whichever support desk stands behind the port. */
export function createSupportSubgraph(port: SupportPort): Subgraph {
  return {
    name: 'support',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(port, request),
  };
}
