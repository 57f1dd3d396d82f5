import { PassThrough } from 'node:stream';
import type { HttpRequest as JsforceRequest } from '@jsforce/jsforce-node';
import { Transport } from '@jsforce/jsforce-node/lib/transport.js';
import { StreamPromise } from '@jsforce/jsforce-node/lib/util/promise.js';
import type { Call } from '../../../../platform/call.ts';
import type { HttpClient, HttpRequest } from '../../../../platform/http/client.ts';

interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const METHODS: ReadonlySet<string> = new Set<HttpRequest['method']>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const isMethod = (method: string): method is HttpRequest['method'] => METHODS.has(method);

/**
 * Carries one request of jsforce over the hub's own HTTP client, so that the call's deadline, its correlation id, the size
 * limit and the hub's errors hold. jsforce's own transport waits up to thirty minutes and retries by itself.
 */
export class CallTransport extends Transport {
  /** What came back, whatever jsforce makes of it. */
  answer: Answer | null = null;
  readonly #http: HttpClient;
  readonly #call: Call;
  readonly #write: boolean;

  constructor(http: HttpClient, call: Call, write: boolean) {
    super();
    this.#http = http;
    this.#call = call;
    this.#write = write;
  }

  /** jsforce pipes the stream on; the answer comes by the promise, so the stream is an empty one. */
  override httpRequest(request: JsforceRequest): StreamPromise<Answer> {
    return StreamPromise.create(() => ({ stream: new PassThrough().end(), promise: this.#send(request) }));
  }

  async #send({ method, url, headers = {}, body }: JsforceRequest): Promise<Answer> {
    if (!isMethod(method) || (body !== undefined && body !== null && typeof body !== 'string')) {
      throw new TypeError(`jsforce is used for JSON requests only, not for ${method}`);
    }
    const { pathname, search } = new URL(url);
    const {
      status,
      headers: received,
      text,
    } = await this.#http.send(
      {
        method,
        path: pathname + search,
        headers,
        ...(typeof body === 'string' ? { body } : {}),
        write: this.#write,
      },
      this.#call,
    );
    this.answer = { statusCode: status, headers: single(received), body: text };
    return this.answer;
  }
}

const single = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
