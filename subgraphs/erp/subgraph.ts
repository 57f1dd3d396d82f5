import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext } from './loaders.ts';
import type { ErpPort } from './port.ts';
import { resolvers } from './resolvers.ts';

/** Legal record, credit, catalogue, orders and invoices, from whichever ERP stands behind the port. */
export function createErpSubgraph(port: ErpPort): Subgraph {
  return {
    name: 'erp',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(port, request),
  };
}
