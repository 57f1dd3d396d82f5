import { AsyncLocalStorage } from 'node:async_hooks';
import Stripe from 'stripe';
import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { HttpClient, HttpResponse } from '../../../../platform/http/client.ts';
import { SYSTEM, waitMs } from './failures.ts';

/** For whom the SDK is asking just now; its own API has no place for it. */
export interface Scope {
  readonly call: Call;
  readonly write: boolean;
}

export const scope = new AsyncLocalStorage<Scope>();

/**
 * Carries the SDK's requests over the hub's own HTTP client, so that deadline, abort, correlation id, size limit and
 * connections are those of every other system. Failures leave as HubErrors, which have none of the codes
 * (`ECONNRESET`, `EPIPE`) on which the SDK would send a write again although retries are off.
 */
export class HubTransport extends Stripe.HttpClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    super();
    this.#http = http;
  }

  override getClientName(): string {
    return 'concord';
  }

  override async makeRequest(
    _host: string,
    _port: string,
    path: string,
    method: string,
    headers: Record<string, string | number | string[]>,
    requestData: string,
  ): Promise<Stripe.HttpClientResponse> {
    const asked = scope.getStore();
    if (!asked) throw new Error('the Stripe client was used outside of a call');
    const response = await this.#http.send(
      {
        method: asMethod(method),
        path,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        ...(method === 'POST' ? { body: requestData } : {}),
        write: asked.write,
      },
      asked.call,
    );
    return new HubResponse(response, readJson(response, asked.write));
  }
}

class HubResponse extends Stripe.HttpClientResponse {
  readonly #response: HttpResponse;
  readonly #json: unknown;

  constructor(response: HttpResponse, json: unknown) {
    super(response.status, flat(response.headers));
    this.#response = response;
    this.#json = json;
  }

  override getRawResponse(): unknown {
    return { status: this.#response.status };
  }

  override async toJSON(): Promise<unknown> {
    return this.#json;
  }
}

/** The answer's object. What is no JSON object comes from something in between, and is judged by its status alone. */
function readJson({ status, text, headers }: HttpResponse, write: boolean): unknown {
  const json = parsed(text);
  // An error belongs to a status of its own: the SDK would take one within a success for an outage.
  const isAnswer = typeof json === 'object' && json !== null && status >= 400 === 'error' in json;
  if (isAnswer) return json;
  if (status === 429) {
    throw new HubError('THROTTLED', `${SYSTEM} asks to wait`, { system: SYSTEM, retryAfterMs: waitMs(headers) });
  }
  if (status === 401) throw new HubError('CREDENTIAL', `${SYSTEM} does not accept the hub's key`, { system: SYSTEM });
  if (write) {
    throw new HubError('IN_DOUBT', `${SYSTEM} did not confirm the write; it may have happened`, {
      system: SYSTEM,
      reason: `http_${status}`,
    });
  }
  if (status >= 400) {
    throw new HubError('UNAVAILABLE', `${SYSTEM} did not answer`, { system: SYSTEM, reason: `http_${status}` });
  }
  throw new HubError('CONTRACT_BROKEN', `${SYSTEM} answered what is no object of its API`, { system: SYSTEM });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told apart by its status
  }
}

const flat = (headers: HttpResponse['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

function asMethod(method: string): 'GET' | 'POST' | 'DELETE' {
  if (method === 'GET' || method === 'POST' || method === 'DELETE') return method;
  throw new Error(`the Stripe client sent a ${method}`);
}
