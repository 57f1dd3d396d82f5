import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext } from './loaders.ts';
import type { CrmPort } from './port.ts';
import { resolvers } from './resolvers.ts';

/** Accounts as sales sees them, contacts, pipeline and quotes, from whichever CRM stands behind the port. */
export function createCrmSubgraph(port: CrmPort): Subgraph {
  return {
    name: 'crm',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(port, request),
  };
}
