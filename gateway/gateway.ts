import type { AddressInfo } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentNode } from 'graphql';
import type { Changes } from '../platform/changes/changes.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { type Webhooks, webhookRoute } from '../platform/http/webhook-route.ts';
import type { Authenticate } from '../platform/keys/verdict.ts';
import type { Logger } from '../platform/log.ts';
import { createBatching } from './answer-batch.ts';
import { createAnswering, type Until } from './answer-operation.ts';
import { noSight, type SeenAs } from './auth/seen-as.ts';
import type { GatewayConfig } from './config.ts';
import type { Transport } from './execution/transports/transport.ts';
import { createGeneration, type Transports } from './generation.ts';
import { type GraphiqlOptions, serveGraphiql } from './graphiql/page.ts';
import { takesEvents } from './http/accept.ts';
import type { Answered } from './http/answers.ts';
import { readJson } from './http/body.ts';
import { envelopeOf, envelopeOfSearch } from './http/envelope.ts';
import { type Asked, createHttpServer, type HttpServerOptions } from './http/server.ts';
import type { Told } from './live/follow.ts';
import { createStreams } from './live/streams.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createDocumentChoice } from './operations/choose-document.ts';
import { createKeptTexts } from './operations/kept-texts.ts';
import { createRegistry } from './operations/registry.ts';
import type { Audit } from './plugins/audit.ts';
import { createErrorFormat } from './plugins/errors.ts';
import { createSuccession } from './succession.ts';
import { createWaits } from './waits.ts';

export interface GatewayOptions {
  /** null: none yet. `/readyz` and the graph answer 503 until `update` brought one. */
  readonly supergraphSdl: string | null;
  /**
   * The way to each subgraph: by its name, for every supergraph, closed with the gateway; or made anew for each supergraph,
   * closed with it.
   */
  readonly transports: Transports | ((supergraph: DocumentNode) => Transports);
  /** Who bears the key; answers null where it does not hold. null: nobody is asked for a key, and everybody may do everything. */
  readonly authenticate: Authenticate | null;
  /** Tells when to ask again what subscriptions ask; closed by who made it. Default: no subscriptions are offered. */
  readonly changes?: Changes;
  /** Records acts and denials. Default: nothing is recorded. */
  readonly audit?: Audit;
  /** Gives operators the sight of a key. Default: nobody has another's. */
  readonly seenAs?: SeenAs;
  /** Limits, trusted proxies and who is told of denials. Default: no limits, no proxies, nobody. */
  readonly door?: HttpServerOptions['door'];
  /** Names of the client's headers that go on to subgraphs over plain HTTP, in small letters. Default: none. */
  readonly forwardHeaders?: readonly string[];
  /** Forms of scalars, by name. Default: those of the hub's own graph; another graph may mean something else by `Date`. */
  readonly scalars?: Readonly<Record<string, unknown>>;
  readonly config: GatewayConfig;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Further lines for `/metrics`, each with its end. */
  readonly figures?: () => string;
  /** What has to work before `/readyz` says so, by name. */
  readonly checks?: Readonly<Record<string, () => Promise<boolean>>>;
  /** Takes what vendors send to `/webhooks/<source>`; by its signature, not by a key. Default: there is nothing there. */
  readonly webhooks?: Webhooks;
  /** Shown in development only. */
  readonly graphiql?: GraphiqlOptions;
}

export interface Gateway {
  listen(): Promise<{ url: string }>;
  /**
   * Serves this supergraph from now on; requests that are under way end on the one on which they began. Does nothing where
   * it is the present one. @throws SupergraphRefused where it cannot be served; the present one then stays
   */
  update(supergraphSdl: string): Promise<void>;
  /** Lets running requests end, then stops. */
  close(): Promise<void>;
}

/** After its deadline a request has this long to write what it has. */
const LAST_WORDS_MS = 1_000;

/** The door, and behind it the present generation of the graph. @throws SupergraphRefused when the first does not load */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, clock = systemClock, forwardHeaders = [], audit = null, seenAs = noSight } = options;
  const formatError = createErrorFormat({
    suggestions: config.development,
    onDefect: (error) => log.error({ err: error }, 'An error was kept from the caller'),
  });
  const metrics = createMetrics(options.figures);
  const { transports } = options;
  const lasting = typeof transports === 'function' ? {} : transports;
  const waysTo = typeof transports === 'function' ? transports : () => outliving(transports);
  const graph = createSuccession({
    build: (supergraphSdl) =>
      createGeneration({
        supergraphSdl,
        transports: waysTo,
        openToAll: options.authenticate === null,
        live: options.changes !== undefined,
        ...(options.scalars === undefined ? {} : { scalars: options.scalars }),
        config,
        limiter: options.door?.limiter ?? null,
        formatError,
        audit,
        counts: metrics.operations,
        log,
      }),
    drainMs: config.deadlineMs + LAST_WORDS_MS,
    log,
  });
  if (options.supergraphSdl !== null) await graph.update(options.supergraphSdl);
  const kept = createKeptTexts({ redisUrl: config.redisUrl, log });
  const documents = createDocumentChoice({
    mode: config.operations,
    registry: createRegistry(config.registered),
    kept,
  });

  const one = createAnswering({ graph, documents, config, formatError, audit, seenAs, forwardHeaders });
  const batch = createBatching({ config, limiter: options.door?.limiter, audit, one });

  const deadlines = createWaits<AbortController>(config.deadlineMs, (over) =>
    over.abort(new Error('The deadline of the request has passed')),
  );
  const answer = async (asked: Asked, reply: FastifyReply): Promise<Answered | null> => {
    const { request, ended } = asked;
    if (takesEvents(request.headers.accept)) return inEvents(asked, reply);
    const over = new AbortController();
    const inTime = deadlines.add(over);
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) over.abort(new Error('The client has left'));
    });
    ended?.listen((refusal) => over.abort(refusal));
    const until: Until = { signal: over.signal, deadlineAt: clock.now() + config.deadlineMs };
    try {
      if (request.method !== 'POST') {
        return await one(asked, envelopeOfSearch(searchOf(request)), until);
      }
      const body = await bodyOf(request);
      const many = Array.isArray(body) && body.length > 0;
      return await (many ? batch(asked, body, until, reply) : one(asked, envelopeOf(body), until));
    } finally {
      inTime();
    }
  };

  const bodyOf = (request: FastifyRequest): Promise<unknown> => {
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return readJson(raw, request.headers['content-encoding'], config.limits);
  };

  /** As a stream: a subscription for as long as it lasts, anything else as one event. */
  const inEvents = async (asked: Asked, reply: FastifyReply): Promise<Answered | null> => {
    const { request } = asked;
    const body = request.method === 'POST' ? await bodyOf(request) : null;
    const envelope = body === null ? envelopeOfSearch(searchOf(request)) : envelopeOf(body);
    return streams.serve(asked, reply, async (listen, gone) => {
      let told: Omit<Told, 'answered'> = { shownAs: null, tellsEnd: false };
      const signal = AbortSignal.any([gone, AbortSignal.timeout(config.deadlineMs)]);
      const until = { signal, deadlineAt: clock.now() + config.deadlineMs };
      const present = { ...asked, principal: asked.present() };
      const answered = await one(present, envelope, until, async (generation, text) => {
        const repeated = await generation.repeated(text, envelope.operationName);
        if (repeated === null) return {};
        told = { shownAs: repeated.shownAs, tellsEnd: repeated.tellsEnd };
        await listen(repeated.topicsFor(envelope.variables ?? {}));
        return { query: repeated.text, operationName: undefined };
      });
      return { ...told, answered };
    });
  };

  const streams = createStreams({ settings: config.live, changes: options.changes ?? null, log });
  const server = createHttpServer({
    config,
    log,
    authenticate: options.authenticate,
    door: {
      ...options.door,
      onDenied: (denial) => {
        audit?.denied(denial);
        options.door?.onDenied?.(denial);
      },
    },
    checks: { ...options.checks, graph: async () => graph.serves() },
    metrics,
    answer,
  });
  if (config.development && options.graphiql !== undefined) serveGraphiql(server, options.graphiql);
  if (options.webhooks !== undefined) webhookRoute(server, options.webhooks);

  return {
    async listen() {
      await server.listen({ host: config.host, port: config.port });
      const { port } = server.server.address() as AddressInfo; // listening on TCP
      return { url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}` };
    },
    update: (supergraphSdl) => graph.update(supergraphSdl),
    async close() {
      await streams.close();
      await server.close();
      await graph.close();
      await kept.close();
      await Promise.all(Object.values(lasting).map((transport) => transport.close()));
    },
  };
}

const searchOf = (request: FastifyRequest): string => new URL(request.url, 'http://hub').search;

/** The same ways, left open when a supergraph goes: the next one uses them too. */
const outliving = (transports: Transports): Transports =>
  Object.fromEntries(
    Object.entries(transports).map(([name, transport]) => [
      name,
      { fetch: (fetch, context) => transport.fetch(fetch, context), close: async () => {} } satisfies Transport,
    ]),
  );
