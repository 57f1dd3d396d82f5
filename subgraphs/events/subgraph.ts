import { buildSchemaOf } from '../../platform/subgraph/schema.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { createContext } from './loaders.ts';
import type { EventsServices } from './port.ts';
import { resolvers } from './resolvers.ts';

/** What the hub tells the world, who is told, and what stands against it. */
export function createEventsSubgraph(services: EventsServices): Subgraph {
  return {
    name: 'events',
    schema: buildSchemaOf(new URL('./schema.graphql', import.meta.url), resolvers),
    contextFor: (request) => createContext(services, request),
  };
}
