import { Agent } from 'undici';
import type { SourceNote } from '../../platform/call.ts';
import type { KeyName } from '../../test/support/hub.ts';

/** An answer of the hub, read whole. */
export interface HubAnswer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly system?: string };
  }[];
  readonly correlationId: string | null;
  /** How each system answered. */
  readonly sources: readonly SourceNote[];
}

/** Asks the hub over connections that are kept open, as many as there are requests at one time. */
export interface Client {
  readonly url: string;
  /** For requests that are made in another way. */
  keyOf(key: KeyName): string;
  /** @throws when no answer comes within 60 s, or none that is JSON */
  ask(query: string, variables: object, key: KeyName): Promise<HubAnswer>;
  /** Any text as the body of a request; answers the status. */
  sendRaw(body: string, key: KeyName, headers?: Readonly<Record<string, string>>): Promise<number>;
  /** What the hub tells operators of itself, by name. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

const PATIENCE_MS = 60_000;

export function createClient(url: string, keys: Readonly<Record<KeyName, string>>): Client {
  const agent = new Agent({ connections: 512, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  const origin = new URL(url).origin;
  const post = (body: string, key: KeyName, headers: Readonly<Record<string, string>> = {}) =>
    agent.request({
      origin,
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys[key]}`, ...headers },
      body,
    });
  return {
    url,
    keyOf: (key) => keys[key],
    async ask(query, variables, key) {
      const { statusCode, headers, body } = await post(JSON.stringify({ query, variables }), key);
      const {
        data = null,
        errors = [],
        extensions = {},
      } = (await body.json()) as Partial<HubAnswer> & {
        extensions?: { sources?: readonly SourceNote[] };
      }; // the hub answers in JSON, refusals too
      const correlationId = headers['x-correlation-id'];
      return {
        status: statusCode,
        data,
        errors,
        sources: extensions.sources ?? [],
        correlationId: typeof correlationId === 'string' ? correlationId : null,
      };
    },
    async sendRaw(text, key, headers) {
      const { statusCode, body } = await post(text, key, headers);
      await body.dump();
      return statusCode;
    },
    async metrics() {
      const { statusCode, body } = await agent.request({
        origin,
        path: '/metrics',
        method: 'GET',
        headers: { authorization: `Bearer ${keys.operator}` },
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`/metrics answered ${statusCode}: ${text}`);
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      return new Map(
        lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
      );
    },
    close: () => agent.destroy(),
  };
}
