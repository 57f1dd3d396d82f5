import { HubError } from '../../../platform/errors.ts';
import { asHubError } from '../../../platform/http/client.ts';
import type { SubgraphFetch } from '../../../platform/subgraph/operations.ts';
import { createWaits } from '../../waits.ts';
import { Flights, type Sent } from './flights.ts';
import { createPool, type Pending, type Exchange as Posted } from './http1/pool.ts';
import { BadResponse, type Response } from './http1/response-reader.ts';

export interface SubgraphClientOptions {
  /** Of the subgraph's GraphQL endpoint. */
  readonly url: URL;
  /** As in the graph's `System`; named in errors. */
  readonly system: string;
  /** Connections kept to it; more requests than these wait for one. Default 64. */
  readonly connections?: number;
  /** Longest wait for a connection. Default 500 ms. */
  readonly connectTimeoutMs?: number;
  /** Longest wait for the whole answer, waiting for a connection included. Default: as long as the request has. */
  readonly timeoutMs?: number;
  /** Largest answer taken. Default 8 MiB. */
  readonly maxAnswerBytes?: number;
  /** Shared by the clients of one graph: a write through one ends what was being read through any. Default: its own. */
  readonly flights?: Flights;
}

export interface Question {
  /** JSON text. */
  readonly body: string;
  /** Name, value, name, value, ... */
  readonly headers: string[];
  /** A mutation: what got no answer may have been carried out, and is never sent twice. */
  readonly write: boolean;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** All of the caller that can change the answer, and is not in the body. */
  readonly view: string;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** As the header says it. */
  readonly retryAfter: string | undefined;
}

export interface SubgraphClient {
  /**
   * Identical reads under way share one request; a write ends that. Any status is a reply, redirects too.
   * @throws HubError TIMEOUT, UNAVAILABLE, IN_DOUBT (writes that were sent), CONTRACT_BROKEN (too large, cut, not HTTP)
   */
  post(question: Question): Promise<Reply>;
  close(): Promise<void>;
}

/** Reads that met a connection which the subgraph had just closed are asked once more: at most one in ten, this many in a row. */
const MOST_REPEATS = 10;
const REPEATS_EARNED = 0.1;

/**
 * One pool of connections to one subgraph (HTTP/1.1, one request at a time on each). Every fetch of every request comes
 * through here: no streams, and all waits share one timer.
 */
export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { url, system, timeoutMs = Number.POSITIVE_INFINITY, maxAnswerBytes = 8 * 1024 * 1024 } = options;
  const { connections = 64, connectTimeoutMs = 500 } = options;
  const pool = createPool({ url, connections, connectTimeoutMs });
  const headerText = createHeaderText();
  const waits = createWaits<Exchange>(timeoutMs, (exchange) => exchange.timeOut());
  let repeats = MOST_REPEATS;

  const send = ({ body, headers, write }: Question): Sent<Reply> => {
    const settling = Promise.withResolvers<Reply>();
    const about = { system, write, maxBytes: maxAnswerBytes, headers: headerText(headers), body };
    const exchange = new Exchange({ ...about, ...settling });
    exchange.onOver = waits.add(exchange);
    exchange.pending = pool.post(exchange);
    return { answer: settling.promise, giveUp: () => exchange.timeOut() };
  };

  /** A read, sent once more where its connection had just been closed. */
  const sendRead = (question: Question): Sent<Reply> => {
    let sent = send(question);
    let over = false;
    const answer = sent.answer.then(
      (reply) => {
        if (repeats < MOST_REPEATS) repeats += REPEATS_EARNED;
        return reply;
      },
      (error: unknown) => {
        if (over || repeats < 1 || !wasClosedBefore(error)) throw error;
        repeats -= 1;
        sent = send(question);
        return sent.answer;
      },
    );
    return {
      answer,
      giveUp() {
        over = true;
        sent.giveUp();
      },
    };
  };

  const write = (question: Question): Promise<Reply> => {
    const { answer, giveUp } = send(question);
    question.signal.addEventListener('abort', giveUp);
    return answer.finally(() => question.signal.removeEventListener('abort', giveUp));
  };
  const late = () => new HubError('TIMEOUT', `${system} did not answer in time`, { system });
  const { flights = new Flights() } = options;

  const writeAlone = async (question: Question): Promise<Reply> => {
    flights.wrote();
    try {
      return await write(question);
    } finally {
      flights.wrote();
    }
  };

  return {
    post(question) {
      if (question.signal.aborted) return Promise.reject(late());
      if (question.write) return writeAlone(question);
      const key = `${url.href}\n${question.view}\n${question.body}`;
      return flights.read(key, question.signal, () => sendRead(question), late);
    },
    close: async () => pool.close(),
  };
}

/** The JSON text of a fetch. */
export const bodyOf = (fetch: SubgraphFetch): string =>
  fetch.body ?? JSON.stringify({ query: fetch.query, operationName: fetch.operationName, variables: fetch.variables });

/** Whether a fetch changes something; the planner writes no comment and no fragment before the operation. */
export const isWrite = ({ isMutation, query }: SubgraphFetch): boolean => isMutation ?? /^\s*mutation\b/.test(query);

/** Whether the connection was closed without a byte of an answer, as happens to one that lay idle until just now. */
function wasClosedBefore(error: unknown): boolean {
  if (!(error instanceof HubError) || error.code !== 'UNAVAILABLE') return false;
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** Headers as they stand in a request. Most requests have those of the one before. @throws Error for what is no header */
function createHeaderText(): (headers: readonly string[]) => string {
  let last: readonly string[] = [];
  let text = '';
  return (headers) => {
    if (headers === last) return text;
    let written = '';
    for (let index = 0; index < headers.length; index += 2) {
      const [name = '', value = ''] = [headers[index], headers[index + 1]];
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
        throw new Error(`A header that cannot be sent: ${name}`);
      }
      written += `${name}: ${value}\r\n`;
    }
    last = headers;
    text = written;
    return text;
  };
}

interface ExchangeOptions {
  readonly system: string;
  readonly write: boolean;
  readonly maxBytes: number;
  readonly headers: string;
  readonly body: string;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: HubError) => void;
}

/** One request, until it is settled one way or another: whichever comes first counts. */
class Exchange implements Posted {
  readonly maxBytes: number;
  readonly headers: string;
  readonly body: string;
  readonly #options: ExchangeOptions;
  #settled = false;
  onOver = (): void => {};
  /** Set when it is posted. */
  pending: Pending | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.maxBytes = options.maxBytes;
    this.headers = options.headers;
    this.body = options.body;
  }

  answered(response: Response): void {
    if (this.#settle()) this.#options.resolve(response);
  }

  failed(cause: unknown, begun: boolean): void {
    if (!this.#settle()) return;
    const { system, write, reject } = this.#options;
    if (cause instanceof BadResponse && cause.code === 'TOO_LARGE') {
      reject(new HubError(write ? 'IN_DOUBT' : 'CONTRACT_BROKEN', `${system} sent more than it may`, { system }));
    } else if (this.pending?.sent !== true) {
      reject(new HubError('UNAVAILABLE', `${system} cannot be reached`, { system, cause }));
    } else if (!write && (begun || cause instanceof BadResponse)) {
      reject(new HubError('CONTRACT_BROKEN', `${system} gave no readable answer`, { system, cause }));
    } else {
      reject(asHubError(cause, { system, write, timedOut: false }));
    }
  }

  timeOut(): void {
    if (!this.#settle()) return;
    const { system, write, reject } = this.#options;
    reject(
      write && this.pending?.sent === true
        ? new HubError('IN_DOUBT', `${system} did not confirm the write; it may have happened`, { system })
        : new HubError('TIMEOUT', `${system} did not answer in time`, { system }),
    );
    this.pending?.giveUp();
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.onOver();
    return true;
  }
}
