import type { GraphQLSchema } from 'graphql';
import type { Call } from '../call.ts';
import type { Principal } from '../principal.ts';

/** One fetch of the gateway, as a subgraph sees it: the same in process and over signed HTTP. */
export interface SubgraphRequest {
  readonly call: Call;
  readonly principal: Principal;
}

/** The request as every way to a subgraph hands it over: its reads see the caller's rows and no others. */
export const asSeenBy = (principal: Principal, call: Call): SubgraphRequest => ({
  call: principal.rows === null ? call : { ...call, rows: principal.rows },
  principal,
});

/** What `subgraphs/<domain>/subgraph.ts` builds: a schema, and a fresh context (with fresh DataLoaders) for each request. */
export interface Subgraph {
  /** As in the supergraph. Example: `erp`. */
  readonly name: string;
  readonly schema: GraphQLSchema;
  /** Called once for each client request in process, once for each HTTP request when deployed apart. */
  contextFor(request: SubgraphRequest): unknown;
}
