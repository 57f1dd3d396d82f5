import { HubError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import { graphqlError, isDefect } from '../../../platform/subgraph/errors.ts';
import type { SubgraphFetch } from '../../../platform/subgraph/operations.ts';
import type { HubContext } from '../../context.ts';
import type { SubgraphAnswer, Transport } from '../transports/transport.ts';

/** Asks one subgraph. Always answers: no answer in time, or none at all, is one error without a path. */
export type Ask = (fetch: SubgraphFetch, context: HubContext) => Promise<SubgraphAnswer>;

/** @param about.system as in the graph's `System`; named in errors */
export function asking(
  transport: Transport,
  about: { readonly system: string; readonly log: Logger; readonly counts: { fetches: number; failedFetches: number } },
): Ask {
  const { system, log, counts } = about;
  return async (fetch, context) => {
    counts.fetches += 1;
    try {
      const answer = await transport.fetch(fetch, context);
      if (answer.sources !== undefined) for (const note of answer.sources) context.call.note?.(note);
      return answer;
    } catch (error) {
      counts.failedFetches += 1;
      const told = graphqlError(error);
      if (isDefect(told)) log.error({ err: error, system, correlationId: context.correlationId }, 'A fetch failed');
      if (error instanceof HubError) {
        context.call.note?.({ system, state: error.code === 'THROTTLED' ? 'THROTTLED' : 'UNAVAILABLE' });
      }
      const { message, extensions } = told.toJSON();
      return { data: null, errors: [{ message, extensions: { system, ...extensions } }] };
    }
  };
}
