import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext } from './loaders.ts';
import type { BillingPort } from './port.ts';
import { resolvers } from './resolvers.ts';

/** Subscriptions, charges, payments and collections, from whichever billing system stands behind the port. */
export function createBillingSubgraph(port: BillingPort): Subgraph {
  return {
    name: 'billing',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(port, request),
  };
}
