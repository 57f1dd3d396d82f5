import type { Clock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import { CALL_HEADER, encodeCall } from '../../../platform/subgraph/call-header.ts';
import type { SubgraphFetch } from '../../../platform/subgraph/operations.ts';
import { SIGNATURE_HEADER, sign } from '../../../platform/subgraph/sign.ts';
import type { Flights } from './flights.ts';
import { readAnswer } from './subgraph-answer.ts';
import { bodyOf, createSubgraphClient, isWrite } from './subgraph-client.ts';
import type { Transport } from './transport.ts';

export interface HttpTransportOptions {
  /** As in the supergraph; covered by the signature. */
  readonly subgraph: string;
  /** As in the graph's `System`; named in errors. */
  readonly system: string;
  /** Of the subgraph's GraphQL endpoint. */
  readonly url: string;
  /** Shared with the subgraph. */
  readonly secret: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Connections kept to it. Default 64. */
  readonly connections?: number;
  /** Longest wait for a connection. Default 500 ms. */
  readonly connectTimeoutMs?: number;
  /** As in `SubgraphClientOptions`. */
  readonly flights?: Flights;
}

/** Asks a subgraph that runs apart, by requests signed with the shared secret (platform/subgraph/serve.ts). */
export function overHttp(options: HttpTransportOptions): Transport {
  const { subgraph, system, secret, clock, log } = options;
  // No time limit of its own: an act may wait for its process, and every request has a deadline.
  const client = createSubgraphClient({
    url: new URL(options.url),
    system,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    ...(options.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: options.connectTimeoutMs }),
    ...(options.flights === undefined ? {} : { flights: options.flights }),
  });

  return {
    async fetch(fetch, { call, principal, deadlineAt, correlationId }) {
      const body = signedBody(fetch);
      const callHeader = encodeCall({ correlationId, deadlineAt, principal });
      const signature = sign({ secret, subgraph, body, callHeader }, clock.now());
      const { status, text } = await client.post({
        body,
        headers: ['content-type', 'application/json', CALL_HEADER, callHeader, SIGNATURE_HEADER, signature],
        write: isWrite(fetch), // what started it is idempotent by key
        signal: call.signal,
        view: JSON.stringify(principal),
      });
      const answer = readAnswer(text);
      if (status !== 200) {
        const code = answer?.errors?.[0]?.extensions?.code;
        log.error({ subgraph, status, code, correlationId }, 'A subgraph refused the gateway');
        throw new HubError('UNAVAILABLE', `${system} cannot be asked at the moment`, { system });
      }
      if (answer === undefined) {
        throw new HubError('CONTRACT_BROKEN', `${system} gave no readable answer`, { system });
      }
      return answer;
    },
    close: () => client.close(),
  };
}

/** What the graph itself needs stands in the body, and so under the signature. */
function signedBody(fetch: SubgraphFetch): string {
  const body = bodyOf(fetch);
  return fetch.inputs === undefined
    ? body
    : `${body.slice(0, -1)},"extensions":${JSON.stringify({ inputs: fetch.inputs })}}`;
}
