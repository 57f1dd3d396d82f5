import type {
  ApolloServerPlugin,
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import type { HubContext } from '../context.ts';

/** What is seen to of every request; one object for all of them, so that a request costs nothing to begin. */
export interface Concern {
  /** Refuses, by what it throws, an operation before it runs. */
  didResolveOperation?(at: GraphQLRequestContextDidResolveOperation<HubContext>): void | Promise<void>;
  /** Adds to an answer before it is written. */
  willSendResponse?(at: GraphQLRequestContextWillSendResponse<HubContext>): void;
}

/**
 * The concerns as one plugin, because Apollo Server makes promises for each plugin at each step of each request. They are
 * asked in turn: what one refuses, the next is not asked about.
 */
export function asOne(concerns: readonly Concern[]): ApolloServerPlugin<HubContext> {
  const resolving = concerns.filter((concern) => concern.didResolveOperation !== undefined);
  const sending = concerns.filter((concern) => concern.willSendResponse !== undefined);
  const listener = {
    async didResolveOperation(at: GraphQLRequestContextDidResolveOperation<HubContext>) {
      for (const concern of resolving) {
        const judging = concern.didResolveOperation?.(at);
        if (judging !== undefined) await judging;
      }
    },
    async willSendResponse(at: GraphQLRequestContextWillSendResponse<HubContext>) {
      for (const concern of sending) concern.willSendResponse?.(at);
    },
  };
  return { requestDidStart: async () => listener };
}
