import { type Dispatcher, Pool } from 'undici';
import { HubError } from '../../../platform/errors.ts';
import { asHubError } from '../../../platform/http/client.ts';
import type { SubgraphFetch } from '../../../platform/subgraph/operations.ts';
import { Flights, type Sent } from './flights.ts';

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
 * through here: the answer is collected by a handler, without a stream, and all waits share one timer.
 */
export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { url, system, timeoutMs = Number.POSITIVE_INFINITY, maxAnswerBytes = 8 * 1024 * 1024 } = options;
  const path = url.pathname + url.search;
  const pool = new Pool(url.origin, {
    connections: options.connections ?? 64,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: options.connectTimeoutMs ?? 500 },
    headersTimeout: 0, // the waits below end every request
    bodyTimeout: 0,
  });
  const waits = createWaits();
  let repeats = MOST_REPEATS;

  const send = ({ body, headers, write }: Question): Sent<Reply> => {
    const settling = Promise.withResolvers<Reply>();
    const exchange = new Exchange({ system, write, maxAnswerBytes, ...settling });
    waits.add(exchange, timeoutMs);
    exchange.onOver = () => waits.delete(exchange);
    try {
      pool.dispatch({ method: 'POST', path, headers, body }, exchange);
    } catch (cause) {
      exchange.onResponseError(null, cause);
    }
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

  return {
    async post(question) {
      if (question.signal.aborted) throw late();
      if (!question.write) {
        const key = `${url.href}\n${question.view}\n${question.body}`;
        return flights.read(key, question.signal, () => sendRead(question), late);
      }
      flights.wrote();
      try {
        return await write(question);
      } finally {
        flights.wrote();
      }
    },
    close: () => pool.destroy(),
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

interface ExchangeOptions {
  readonly system: string;
  readonly write: boolean;
  readonly maxAnswerBytes: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: HubError) => void;
}

/** One request and what comes back. Settles once; a connection that is given up is closed, not used again. */
class Exchange implements Dispatcher.DispatchHandler {
  /** Called when the exchange has settled. */
  onOver: () => void = () => {};
  readonly #options: ExchangeOptions;
  /** Null until the request is written. */
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status = 0;
  #retryAfter: string | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) controller.abort(new Error('Nobody waits for this answer'));
    else this.#controller = controller;
  }

  onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return;
    this.#status = status;
    if (status >= 400) this.#retryAfter = String(headers['retry-after'] ?? '') || undefined;
    if (Number(headers['content-length']) > this.#options.maxAnswerBytes) this.#tooLarge();
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.maxAnswerBytes) this.#tooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#settle()) return;
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#options.resolve({ status: this.#status, text: bytes.toString('utf8'), retryAfter: this.#retryAfter });
  }

  onResponseError(_controller: unknown, cause: unknown): void {
    if (!this.#settle()) return;
    const { system, write } = this.#options;
    const brokeOff = this.#status > 0 || String((cause as { code?: unknown } | null)?.code).startsWith('HPE_');
    this.#options.reject(
      brokeOff && !write
        ? new HubError('CONTRACT_BROKEN', `${system} gave no readable answer`, { system, cause })
        : asHubError(cause, { system, write, timedOut: false }),
    );
  }

  timeOut(): void {
    const { system, write } = this.#options;
    this.#giveUp(
      write && this.#controller !== null
        ? new HubError('IN_DOUBT', `${system} did not confirm the write; it may have happened`, { system })
        : new HubError('TIMEOUT', `${system} did not answer in time`, { system }),
    );
  }

  #tooLarge(): void {
    const { system, write } = this.#options;
    this.#giveUp(new HubError(write ? 'IN_DOUBT' : 'CONTRACT_BROKEN', `${system} sent more than it may`, { system }));
  }

  #giveUp(error: HubError): void {
    if (!this.#settle()) return;
    this.#chunks = [];
    this.#options.reject(error);
    this.#controller?.abort(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.onOver();
    return true;
  }
}

/**
 * The exchanges under way, oldest first: all of a client wait equally long, so one timer for the oldest ends them all in
 * time, and a request costs no timer of its own.
 */
function createWaits() {
  const until = new Map<Exchange, number>();
  let armed = false;

  const arm = (inMs: number): void => {
    armed = true;
    setTimeout(end, inMs).unref();
  };
  const end = (): void => {
    armed = false;
    const now = performance.now();
    for (const [exchange, endsAt] of until) {
      if (endsAt > now) {
        arm(Math.ceil(endsAt - now));
        break;
      }
      exchange.timeOut(); // deletes itself, which a Map allows while it is walked
    }
  };

  return {
    add(exchange: Exchange, timeoutMs: number): void {
      if (!Number.isFinite(timeoutMs)) return;
      until.set(exchange, performance.now() + timeoutMs);
      if (!armed) arm(timeoutMs);
    },
    delete: (exchange: Exchange) => void until.delete(exchange),
  };
}
