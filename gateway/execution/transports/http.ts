import { Pool } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { asHubError } from '../../../platform/http/client.ts';
import type { Logger } from '../../../platform/log.ts';
import { CALL_HEADER, encodeCall } from '../../../platform/subgraph/call-header.ts';
import { SIGNATURE_HEADER, sign } from '../../../platform/subgraph/sign.ts';
import type { SubgraphAnswer, Transport } from './transport.ts';

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
}

/** Largest answer taken. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const Answer: z.ZodType<SubgraphAnswer> = z
  .object({
    data: z.record(z.string(), z.unknown()).nullish(),
    errors: z
      .array(
        z.object({
          message: z.string(),
          path: z.array(z.union([z.string(), z.number()])).optional(),
          extensions: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
    extensions: z
      .object({
        sources: z
          .array(
            z.object({
              system: z.string(),
              state: z.enum(['FRESH', 'CACHED', 'STALE', 'UNAVAILABLE', 'THROTTLED', 'FORBIDDEN']),
              asOf: z.string().optional(),
              ms: z.number().optional(),
              calls: z.number().optional(),
            }),
          )
          .optional(),
      })
      .optional(),
  })
  .transform(({ data, errors, extensions }) => ({ data, errors, sources: extensions?.sources }));

/** Asks a subgraph that runs apart, by requests signed with the shared secret (platform/subgraph/serve.ts). */
export function overHttp(options: HttpTransportOptions): Transport {
  const { subgraph, system, secret, clock, log } = options;
  const url = new URL(options.url);
  const pool = new Pool(url.origin, {
    connections: options.connections ?? 64,
    connect: { timeout: options.connectTimeoutMs ?? 500 },
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  return {
    async fetch({ query, operationName, variables }, { call, principal, deadlineAt, correlationId }) {
      const body = JSON.stringify({ query, operationName, variables });
      const callHeader = encodeCall({ correlationId, deadlineAt, principal });
      const signature = sign({ secret, subgraph, body, callHeader }, clock.now());
      let status: number;
      let text: string;
      try {
        const response = await pool.request({
          method: 'POST',
          path: url.pathname,
          headers: { 'content-type': 'application/json', [CALL_HEADER]: callHeader, [SIGNATURE_HEADER]: signature },
          body,
          signal: call.signal,
        });
        status = response.statusCode;
        text = await response.body.text();
      } catch (cause) {
        throw asHubError(cause, {
          system,
          // A mutation that got no answer may have been carried out; what started it is idempotent by key.
          write: /^\s*mutation\b/.test(query),
          timedOut: call.signal.aborted,
        });
      }
      if (status !== 200) {
        const code = Answer.safeParse(jsonOf(text)).data?.errors?.[0]?.extensions?.code;
        log.error({ subgraph, status, code, correlationId }, 'A subgraph refused the gateway');
        throw new HubError('UNAVAILABLE', `${system} cannot be asked at the moment`, { system });
      }
      const answer = Answer.safeParse(jsonOf(text));
      if (!answer.success) throw new HubError('CONTRACT_BROKEN', `${system} gave no readable answer`, { system });
      return answer.data;
    },
    close: () => pool.destroy(),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema of an answer
  }
}
