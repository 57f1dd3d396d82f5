import type { AddressInfo } from 'node:net';
import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyReply } from 'fastify';
import { parse } from 'graphql';
import type { SourceNote } from '../platform/call.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { readOwnership } from '../platform/ownership/ownership.ts';
import type { Principal } from '../platform/principal.ts';
import type { GatewayConfig } from './config.ts';
import type { HubContext } from './context.ts';
import { createDocuments } from './documents.ts';
import { createExecutor, type RequestContext } from './execution/executor.ts';
import type { Transport } from './execution/transports/transport.ts';
import { type GraphiqlOptions, serveGraphiql } from './graphiql/page.ts';
import { sendErrors, statusOf } from './http/answers.ts';
import { readJson } from './http/body.ts';
import { envelopeOf, envelopeOfSearch } from './http/envelope.ts';
import { type Asked, createHttpServer } from './http/server.ts';
import { correlated, correlation } from './plugins/correlation.ts';
import { deadline } from './plugins/deadline.ts';
import { createErrorFormat } from './plugins/errors.ts';
import { introspection } from './plugins/introspection.ts';
import { checkVariables } from './plugins/limits.ts';
import { operationChoice } from './plugins/operation-choice.ts';
import { pageSize } from './plugins/page-size.ts';
import { sources } from './plugins/sources.ts';
import { enforcing } from './policy/enforce.ts';
import { createScopePolicy, readRequirements } from './policy/scopes.ts';

export interface GatewayOptions {
  readonly supergraphSdl: string;
  /** The way to each subgraph, by its name. Closed with the gateway. */
  readonly transports: Readonly<Record<string, Transport>>;
  /** Who bears the key; null: it does not hold. */
  readonly authenticate: (key: string) => Promise<Principal | null>;
  readonly config: GatewayConfig;
  readonly log: Logger;
  readonly clock?: Clock;
  /** What has to work before `/readyz` says so, by name. */
  readonly checks?: Readonly<Record<string, () => Promise<boolean>>>;
  /** Shown in development only. */
  readonly graphiql?: GraphiqlOptions;
}

export interface Gateway {
  listen(): Promise<{ url: string }>;
  /** Lets running requests end, then stops. */
  close(): Promise<void>;
}

/** Loads the graph and puts the door, policy and execution together. @throws Error when the supergraph does not load */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { supergraphSdl, config, log, clock = systemClock } = options;
  const executor = createExecutor({ supergraphSdl, transports: options.transports, log });
  const schema = await executor.load();
  const documents = createDocuments({ schema, limits: config.limits });
  const execute = enforcing(executor, {
    schema,
    deniedTo: createScopePolicy(readRequirements(parse(supergraphSdl)), schema),
    writes: readOwnership(supergraphSdl).writes,
  });
  const formatError = createErrorFormat({
    suggestions: config.development,
    onDefect: (error) => log.error({ err: error }, 'An error was kept from the caller'),
  });
  const apollo = new ApolloServer<HubContext>({
    gateway: {
      load: async () => ({ schema, executor: (request) => execute(request as RequestContext) }),
      onSchemaLoadOrUpdate: (listener) => {
        listener({ apiSchema: schema, coreSupergraphSdl: supergraphSdl });
        return () => {};
      },
      stop: () => executor.stop(),
    },
    documentStore: documents.store,
    formatError,
    nodeEnv: 'production',
    introspection: true, // judged by the caller's rights (plugins/introspection.ts)
    persistedQueries: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: { debug() {}, info() {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
    plugins: [
      operationChoice,
      introspection({ development: config.development }),
      pageSize({ limits: config.limits }),
      sources,
      deadline,
      correlation, // last: it counts and names the errors that the others leave
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();

  const answer = async ({ request, principal, correlationId }: Asked, reply: FastifyReply): Promise<FastifyReply> => {
    const search = new URL(request.url, 'http://hub').search;
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const body =
      request.method === 'POST' ? await readJson(raw, request.headers['content-encoding'], config.limits) : undefined;
    const envelope = request.method === 'POST' ? envelopeOf(body) : envelopeOfSearch(search);
    const tooMuch = checkVariables(envelope.variables, config.limits);
    const wrong = tooMuch === undefined ? documents.prepare(envelope.query) : [tooMuch];
    if (wrong[0] !== undefined) {
      const told = wrong.map((error) => formatError(error.toJSON(), error));
      return sendErrors(reply, statusOf(wrong[0]), told, correlationId);
    }

    const over = new AbortController();
    const timer = setTimeout(() => over.abort(new Error('The deadline of the request has passed')), config.deadlineMs);
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) over.abort(new Error('The client has left'));
    });
    const notes: SourceNote[] = [];
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    try {
      const response = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: request.method, headers, search, body },
        context: async () => ({
          correlationId,
          principal,
          deadlineAt: clock.now() + config.deadlineMs,
          notes,
          call: { correlationId, signal: over.signal, note: (note) => void notes.push(note) },
        }),
      });
      if (response.body.kind !== 'complete') throw new Error('Answers in parts are not offered');
      const status = response.status ?? 200;
      const text = response.body.string;
      return reply
        .code(status)
        .headers(Object.fromEntries(response.headers))
        .send(status < 400 ? text : withCorrelation(text, correlationId));
    } finally {
      clearTimeout(timer);
    }
  };

  const server = createHttpServer({
    config,
    log,
    authenticate: options.authenticate,
    checks: options.checks ?? {},
    answer,
  });
  if (config.development && options.graphiql !== undefined) serveGraphiql(server, options.graphiql);

  return {
    async listen() {
      await server.listen({ host: config.host, port: config.port });
      const { port } = server.server.address() as AddressInfo; // listening on TCP
      return { url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}` };
    },
    async close() {
      await server.close();
      await apollo.stop();
      await Promise.all(Object.values(options.transports).map((transport) => transport.close()));
    },
  };
}

/** Apollo Server answers some requests before a plugin has seen them; those errors get their id here. */
function withCorrelation(text: string, correlationId: string): string {
  const { errors, ...rest } = JSON.parse(text) as { errors?: { message: string }[] }; // written by Apollo Server a moment ago
  return errors === undefined
    ? text
    : JSON.stringify({ errors: errors.map((error) => correlated(error, correlationId)), ...rest });
}
