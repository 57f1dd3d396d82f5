import type { ApolloServerPlugin, GraphQLRequestListener } from '@apollo/server';
import type { HubContext } from '../context.ts';

type Listener = GraphQLRequestListener<HubContext>;

/**
 * Several plugins as one, because Apollo Server makes promises for each plugin at each step of each request. They are asked
 * in turn: what one refuses, the next is not asked about. Of a request they may follow `didResolveOperation` and
 * `willSendResponse`; nothing else of them is called.
 */
export function asOne(plugins: readonly ApolloServerPlugin<HubContext>[]): ApolloServerPlugin<HubContext> {
  return {
    async requestDidStart(context) {
      const resolved: NonNullable<Listener['didResolveOperation']>[] = [];
      const sending: NonNullable<Listener['willSendResponse']>[] = [];
      for (const plugin of plugins) {
        const listener = await plugin.requestDidStart?.(context);
        if (listener?.didResolveOperation) resolved.push(listener.didResolveOperation.bind(listener));
        if (listener?.willSendResponse) sending.push(listener.willSendResponse.bind(listener));
      }
      return {
        async didResolveOperation(at) {
          for (const listen of resolved) await listen(at);
        },
        async willSendResponse(at) {
          for (const listen of sending) await listen(at);
        },
      };
    },
  };
}
