import type { GraphQLFormattedError } from 'graphql';
import { HubError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Flights } from './flights.ts';
import { readAnswer } from './subgraph-answer.ts';
import { bodyOf, createSubgraphClient, isWrite, type Reply } from './subgraph-client.ts';
import type { Transport } from './transport.ts';

export interface PlainHttpOptions {
  /** As in the supergraph. */
  readonly subgraph: string;
  /** As in the graph's `System`; named in errors. */
  readonly system: string;
  /** Of the subgraph's GraphQL endpoint. */
  readonly url: URL;
  /** Tells callers what a subgraph says of its errors; else they only learn that there was one. */
  readonly showErrors: boolean;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** Longest wait for one answer. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly flights?: Flights;
  readonly log: Logger;
}

const HEADERS = ['content-type', 'application/json', 'accept', 'application/graphql-response+json, application/json'];

/**
 * Asks any GraphQL server over HTTP. Nothing of the caller goes with it but the headers that were named for it; redirects
 * are not followed: they could lead inside a network that only the gateway reaches.
 */
export function plainHttp(options: PlainHttpOptions): Transport {
  const { subgraph, system, log } = options;
  const client = createSubgraphClient(options);
  const tell = createTeller(subgraph, log);

  return {
    async fetch(fetch, { call, forwarded, correlationId }) {
      const write = isWrite(fetch);
      let reply: Reply;
      try {
        const forwards = forwarded !== undefined && forwarded.length > 0;
        reply = await client.post({
          body: bodyOf(fetch),
          headers: forwards ? [...HEADERS, ...forwarded] : HEADERS,
          write,
          signal: call.signal,
          view: forwards ? JSON.stringify(forwarded) : '',
        });
      } catch (error) {
        if (!call.signal.aborted) tell.failing(error, correlationId);
        throw error;
      }
      const answer = readAnswer(reply.text);
      if (answer === undefined) {
        const error = unreadable(reply, { system, write });
        tell.failing(error, correlationId, reply.status);
        throw error;
      }
      tell.fine();
      const { data, plain, errors } = answer;
      if (errors === undefined) return { data, plain };
      log.info({ subgraph, correlationId, errors: errors.slice(0, 3) }, 'A subgraph answered with errors');
      return { data, plain, errors: errors.map((error) => told(error, options)) };
    },
    close: () => client.close(),
  };
}

/** What an answer that is not GraphQL means, by its status. */
function unreadable({ status, retryAfter }: Reply, about: { system: string; write: boolean }): HubError {
  const { system, write } = about;
  const seconds = Number(retryAfter);
  if (status === 429 || (status === 503 && seconds > 0)) {
    return new HubError('THROTTLED', `${system} asks to wait`, {
      system,
      ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
    });
  }
  if (status === 401 || status === 403) {
    return new HubError('CREDENTIAL', `${system} cannot be asked at the moment`, { system });
  }
  if (status >= 500) {
    return write && status !== 503
      ? new HubError('IN_DOUBT', `${system} did not confirm the write; it may have happened`, { system })
      : new HubError('UNAVAILABLE', `${system} cannot be asked at the moment`, { system });
  }
  return new HubError('CONTRACT_BROKEN', `${system} gave no readable answer`, { system });
}

/** Codes that mean the same to every caller of any graph; their messages were written for callers. */
const SHARED_CODES: ReadonlySet<unknown> = new Set([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'FORBIDDEN',
  'UNAUTHENTICATED',
]);

/** A subgraph's error as the caller may read it: a text that was written for somebody else stays in the log. */
function told(error: GraphQLFormattedError, { system, showErrors }: PlainHttpOptions): GraphQLFormattedError {
  const { message, path, extensions = {} } = error;
  const shared = SHARED_CODES.has(extensions.code);
  return {
    message: shared || showErrors ? message : `${system} answered this with an error`,
    ...(path ? { path } : {}),
    extensions: {
      code: shared ? extensions.code : 'SOURCE_ERROR',
      system,
      retryable: extensions.retryable === true,
    },
  };
}

/** A subgraph that fails at every request is told of this often. */
const TOLD_EVERY_MS = 10_000;

/** Logs that a subgraph fails, and that it answers again, not each of its failures. */
function createTeller(subgraph: string, log: Logger) {
  let since: number | undefined;
  return {
    failing(error: unknown, correlationId: string, status?: number): void {
      const now = performance.now();
      if (since !== undefined && now - since < TOLD_EVERY_MS) return;
      since = now;
      const { code, message, cause } = error as HubError; // the client and `unreadable` make nothing else
      const why = (cause as { code?: unknown } | undefined)?.code;
      log.warn({ subgraph, code, why, status, correlationId }, `A subgraph fails: ${message}`);
    },
    fine(): void {
      if (since === undefined || performance.now() - since < 1_000) return; // one that wavers is not told of at every turn
      since = undefined;
      log.info({ subgraph }, 'The subgraph answers again');
    },
  };
}
