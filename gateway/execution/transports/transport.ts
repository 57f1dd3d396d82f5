import type { GraphQLFormattedError } from 'graphql';
import type { SourceNote } from '../../../platform/call.ts';
import type { SubgraphFetch } from '../../../platform/subgraph/operations.ts';
import type { HubContext } from '../../context.ts';

/** What a subgraph answers to one fetch. */
export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null | undefined;
  /** Already fit for the caller: `graphqlError` was applied on the subgraph's side. */
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
  /** How systems answered, where the transport could not note it on the call itself. */
  readonly sources?: readonly SourceNote[] | undefined;
  /** True: no text in the data needs an escape in JSON. */
  readonly plain?: boolean | undefined;
}

/** The way to one subgraph. */
export interface Transport {
  /** Settles at the latest when the call's signal aborts. @throws HubError when no answer could be had */
  fetch(fetch: SubgraphFetch, context: HubContext): Promise<SubgraphAnswer>;
  close(): Promise<void>;
}
