import { HubError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import { graphqlError, isDefect, originOf } from '../../../platform/subgraph/errors.ts';
import { createOperations } from '../../../platform/subgraph/operations.ts';
import { asSeenBy, type Subgraph } from '../../../platform/subgraph/subgraph.ts';
import type { Transport } from './transport.ts';

/**
 * Runs a subgraph inside the gateway's process. Its context is made once for each client request, so that its DataLoaders
 * see all fetches of that request together.
 */
export function inProcess(subgraph: Subgraph, options: { log: Logger }): Transport {
  const operations = createOperations(subgraph.schema);
  const transport: Transport = {
    async fetch(fetch, { call, principal, keptByTransports: kept }) {
      let context = kept.get(transport);
      if (context === undefined) {
        context = subgraph.contextFor(asSeenBy(principal, call));
        kept.set(transport, context);
      }
      const result = await untilAborted(operations.run(fetch, context, principal), call.signal);
      // What was loaded before a write may be out of date after it.
      if (fetch.isMutation ?? operations.isMutation(fetch)) kept.delete(transport);
      return {
        data: result.data,
        errors: result.errors?.map((error) => {
          const told = graphqlError(error);
          if (isDefect(told)) {
            options.log.error(
              { err: originOf(error), subgraph: subgraph.name, correlationId: call.correlationId },
              'A resolver failed',
            );
          }
          return told.toJSON();
        }),
      };
    },
    close: async () => {},
  };
  return transport;
}

/** The answer, or TIMEOUT as soon as the request is over: a subgraph that does not heed its signal holds nobody up. */
async function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = () => new HubError('TIMEOUT', 'There was no answer before the deadline of the request');
  if (signal.aborted) {
    answer.catch(() => {}); // nobody reads it any more
    throw late();
  }
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(late());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
