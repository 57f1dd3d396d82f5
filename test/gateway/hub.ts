import type { TestContext } from 'node:test';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { parse } from 'graphql';
import { type GatewayConfig, gatewayConfig } from '../../gateway/config.ts';
import { overHttp } from '../../gateway/execution/transports/http.ts';
import { inProcess } from '../../gateway/execution/transports/in-process.ts';
import type { Transport } from '../../gateway/execution/transports/transport.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/gateway.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { principalOf } from '../../platform/principal.ts';
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import type { Subgraph, SubgraphRequest } from '../../platform/subgraph/subgraph.ts';

const LINK = `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@requires", "@external", "@requiresScopes", "@authenticated", "@policy", "@cost", "@listSize", "@composeDirective"])
`;

export type Resolvers = GraphQLResolverMap<SubgraphRequest>;
export interface Part {
  readonly sdl: string;
  readonly resolvers: Resolvers;
}

/** Two small subgraphs are enough for every rule of the gateway; both ways to reach them behave the same. */
export interface HubOptions {
  readonly parts: Readonly<Record<string, Part>>;
  /** Where it is not what composition makes of the parts. */
  readonly supergraphSdl?: string;
  readonly http?: boolean;
  readonly config?: Partial<GatewayConfig>;
  /** Scopes of the one key, `k`. */
  readonly scopes?: readonly string[];
  readonly gateway?: Partial<GatewayOptions>;
  /** Other ways to a subgraph, by its name. */
  readonly replace?: Readonly<Record<string, Transport>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: {
    data?: unknown;
    errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
    extensions?: { sources?: { system: string; state: string }[] };
  };
}

export interface Hub {
  readonly url: string;
  /** Texts of all fetches that reached a subgraph, with its name before. */
  readonly fetches: string[];
  readonly requests: SubgraphRequest[];
  ask(
    query: string,
    more?: { variables?: unknown; operationName?: string; headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Answer>;
  send(init: RequestInit & { path?: string }): Promise<Answer>;
  readonly gateway: Gateway;
}

const SECRET = 'shared-by-gateway-and-subgraphs';
/** Longer than any request's deadline on a busy machine: what takes longer hangs. */
const PATIENCE_MS = 30_000;

export async function startHub(t: TestContext, options: HubOptions): Promise<Hub> {
  const fetches: string[] = [];
  const requests: SubgraphRequest[] = [];
  const supergraphSdl = options.supergraphSdl ?? composed(options.parts);
  const transports: Record<string, Transport> = {};
  for (const [name, part] of Object.entries(options.parts)) {
    const subgraph: Subgraph = {
      name,
      // contextFor below gives every resolver a SubgraphRequest; Apollo types the context as unknown
      schema: buildSubgraphSchema([
        { typeDefs: parse(LINK + part.sdl), resolvers: part.resolvers as GraphQLResolverMap<unknown> },
      ]),
      contextFor: (request) => {
        requests.push(request);
        return request;
      },
    };
    let transport = options.replace?.[name] ?? inProcess(subgraph, { log: silentLog });
    if (options.http) {
      const served = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, secret: SECRET, log: silentLog });
      t.after(() => served.close());
      const about = { subgraph: name, system: name.toUpperCase(), url: served.url, secret: SECRET };
      transport = overHttp({ ...about, clock: systemClock, log: silentLog });
    }
    transports[name] = {
      fetch(fetch, context) {
        fetches.push(`${name} ${fetch.query}`);
        return transport.fetch(fetch, context);
      },
      close: () => transport.close(),
    };
  }
  const principal = principalOf({ id: 'k1', name: 'test', scopes: options.scopes ?? [] });
  const gateway = await createGateway({
    supergraphSdl,
    transports,
    authenticate: async (key) => (key === 'k' ? principal : null),
    config: { ...gatewayConfig({ PORT: '0', HUB_MODE: 'production' }), ...options.config },
    log: silentLog,
    ...options.gateway,
  });
  const { url } = await gateway.listen();
  t.after(() => gateway.close());

  const send: Hub['send'] = async ({ path = '/graphql', signal, ...init }) => {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url + path, {
      ...init,
      signal: signal ? AbortSignal.any([signal, late]) : late,
    }).catch((error: unknown) => {
      throw late.aborted ? new Error(`The gateway did not answer ${path} within ${PATIENCE_MS} ms`) : error;
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {} };
  };
  return {
    url,
    fetches,
    requests,
    gateway,
    send,
    ask: (query, { headers, signal, ...rest } = {}) =>
      send({
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer k', ...headers },
        body: JSON.stringify({ query, ...rest }),
        ...(signal ? { signal } : {}),
      }),
  };
}

export function composed(parts: HubOptions['parts']): string {
  const result = composeServices(
    Object.entries(parts).map(([name, { sdl }]) => ({ name, url: `subgraph:${name}`, typeDefs: parse(LINK + sdl) })),
  );
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
}

/** The code of each error, with its path. */
export const verdicts = ({ body }: Answer): [code: unknown, path: string | undefined][] =>
  (body.errors ?? []).map(({ extensions, path }) => [extensions.code, path?.join('.')]);
