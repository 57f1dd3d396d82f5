import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Authenticate } from '../../platform/keys/verdict.ts';
import type { Logger } from '../../platform/log.ts';
import type { Principal } from '../../platform/principal.ts';
import { METRICS_TYPE } from '../../platform/telemetry/prometheus.ts';
import { createDoor, type DoorOptions } from '../auth/door.ts';
import type { GatewayConfig } from '../config.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { CORRELATION_HEADER, correlationIdOf } from '../plugins/correlation.ts';
import { corsHeaders, MAX_HEADER_BYTES, MAX_HEADERS_BYTES, MAX_URL_BYTES, SAFE_HEADERS } from '../plugins/headers.ts';
import { ANYBODY } from '../standalone/anybody.ts';
import { answerType, takesEvents } from './accept.ts';
import { type Answered, HttpRefusal, refusalFor, send, sendRefusal } from './answers.ts';
import { checkContentHeaders } from './body.ts';
import { checkPreflight } from './preflight.ts';

export interface HttpServerOptions {
  readonly config: GatewayConfig;
  readonly log: Logger;
  /** May throw: then the answer is 503, never a guess. null: nobody is asked. */
  readonly authenticate: Authenticate | null;
  /** Limits, trusted proxies and who is told of denials; all of it without meaning where nobody is asked. */
  readonly door?: Omit<DoorOptions, 'authenticate' | 'log'>;
  /** What has to work before requests are sent here, by name. */
  readonly checks: Readonly<Record<string, () => Promise<boolean>>>;
  /** Shown to operators at `/metrics`. */
  readonly metrics: Metrics;
  /** Answers one GraphQL request whose caller is known and whose headers are right. null: it writes the reply by itself. */
  readonly answer: (asked: Asked, reply: FastifyReply) => Promise<Answered | null>;
}

/** A request that passed the door. */
export interface Asked {
  readonly request: FastifyRequest;
  readonly principal: Principal;
  /** The caller as judged last, for a request that goes on for long. */
  readonly present: () => Principal;
  /** Says that it goes on for long: it is none of the caller's calls in flight any more. */
  readonly stay: () => void;
  /** The client's; null where nobody was asked who he is. */
  readonly address: string | null;
  readonly correlationId: string;
  /** Aborted, with the refusal as its reason, when the caller's credential holds no more; null where nobody sent one. */
  readonly ended: AbortSignal | null;
}

/** What Node's parser refuses by itself, by its codes. */
const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const GRAPHQL = '/graphql';
const CHECK_TIMEOUT_MS = 1_000;
/** Why a request's signal ends: without a reason every request would make a DOMException, with its stack. */
const OVER = new Error('The request is over');

/**
 * The door: one order of questions for every request (id, size of address and headers, who asks, which form), each answered
 * as JSON with the correlation id, before the body is read.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { config, log } = options;
  const ids = new WeakMap<FastifyRequest, string>();
  const callers = new WeakMap<FastifyRequest, Omit<Asked, 'request' | 'correlationId'>>();
  const door =
    options.authenticate === null ? null : createDoor({ ...options.door, authenticate: options.authenticate, log });
  const idOf = (request: FastifyRequest): string => ids.get(request) ?? correlationIdOf(undefined);
  let closing = false;

  const server = fastify({
    bodyLimit: config.limits.bodyBytes,
    requestTimeout: config.bodyTimeoutMs,
    return503OnClosing: false, // told in our own form, below
    exposeHeadRoutes: false, // an answer without a body is of no use, and would be worked for all the same
    http: {
      maxHeaderSize: MAX_HEADERS_BYTES,
      headersTimeout: config.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, config.headersTimeoutMs),
    },
    clientErrorHandler(error, socket) {
      if (!socket.writable) return;
      const status = STATUS_OF[error.code] ?? '400 Bad Request';
      const body = JSON.stringify({
        errors: [
          {
            message:
              error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
                ? 'The request took too long to arrive'
                : 'The request is not well-formed HTTP',
            extensions: { code: 'BAD_REQUEST', retryable: false, correlationId: correlationIdOf(undefined) },
          },
        ],
      });
      socket.end(
        `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  server.addHook('onRequest', async (request, reply) => {
    const correlationId = correlationIdOf(request.headers[CORRELATION_HEADER]);
    ids.set(request, correlationId);
    reply.headers({
      ...SAFE_HEADERS,
      ...corsHeaders(request.headers.origin, config.corsOrigins),
      [CORRELATION_HEADER]: correlationId,
    });
    if (closing) {
      throw new HttpRefusal(503, 'UNAVAILABLE', 'The hub is shutting down; ask again', {
        'retry-after': '1',
        connection: 'close',
      });
    }
    if (request.url.length > MAX_URL_BYTES) throw new HttpRefusal(414, 'BAD_REQUEST', 'The address is too long');
    if (request.raw.rawHeaders.some((text) => text.length > MAX_HEADER_BYTES)) {
      throw new HttpRefusal(431, 'BAD_REQUEST', 'A header is too large');
    }
  });

  server.get('/livez', async () => ({ status: 'alive' }));
  server.get('/readyz', async (_request, reply) => {
    const checks = Object.fromEntries(
      await Promise.all(
        Object.entries(options.checks).map(
          async ([name, check]) => [name, (await soon(check)) ? 'ok' : 'failing'] as const,
        ),
      ),
    );
    const ready = Object.values(checks).every((state) => state === 'ok');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
  });

  /** @throws HttpRefusal */
  const letIn = async (request: FastifyRequest, reply: FastifyReply): Promise<Principal> => {
    if (door === null) {
      const present = () => ANYBODY;
      callers.set(request, { principal: ANYBODY, present, stay: () => {}, address: null, ended: null });
      return ANYBODY;
    }
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort(OVER));
    const guest = await door.enter({
      url: request.url,
      rawHeaders: request.raw.rawHeaders,
      socketAddress: request.raw.socket.remoteAddress,
      forwardedFor: request.headers['x-forwarded-for'],
      correlationId: idOf(request),
      gone: gone.signal,
    });
    if (gone.signal.aborted) guest.leave();
    else gone.signal.addEventListener('abort', guest.leave);
    callers.set(request, guest);
    reply.headers(guest.headers);
    return guest.principal;
  };

  server.get('/metrics', {
    async onRequest(request, reply) {
      const { scopes } = await letIn(request, reply);
      if (!scopes.includes('operate')) throw new HttpRefusal(403, 'FORBIDDEN', 'Your key does not allow this');
    },
    handler: async (_request, reply) => reply.type(METRICS_TYPE).send(options.metrics.text()),
  });

  server.route({
    method: ['GET', 'POST'],
    url: GRAPHQL,
    async onRequest(request, reply) {
      await letIn(request, reply);
      if (answerType(request.headers.accept) === undefined && !takesEvents(request.headers.accept)) {
        throw new HttpRefusal(
          406,
          'NOT_ACCEPTABLE',
          'Accept application/json, application/graphql-response+json or text/event-stream',
        );
      }
      if (request.method === 'POST') {
        checkContentHeaders(request.headers['content-type'], request.headers['content-encoding']);
      } else {
        checkPreflight(request.headers);
      }
    },
    async handler(request, reply) {
      const caller = callers.get(request);
      if (caller === undefined) throw new HttpRefusal(401, 'UNAUTHENTICATED', 'Send an API key');
      const answered = await options.answer({ ...caller, request, correlationId: idOf(request) }, reply);
      options.metrics.answered(answered?.status ?? 200);
      if (answered !== null) send(reply, answered, closing);
    },
  });

  server.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0];
    if (path !== GRAPHQL) throw new HttpRefusal(404, 'NOT_FOUND', `There is nothing here; the graph is at ${GRAPHQL}`);
    if (request.method === 'OPTIONS' && reply.hasHeader('access-control-allow-origin')) return reply.code(204).send();
    throw new HttpRefusal(405, 'METHOD_NOT_ALLOWED', 'Ask by POST, or by GET for queries', { allow: 'GET, POST' });
  });
  server.setErrorHandler((error, request, reply) => {
    const refusal = refusalFor(error);
    const correlationId = idOf(request);
    if (refusal.status === 500) log.error({ err: error, correlationId }, 'A request failed');
    if (request.routeOptions.url === GRAPHQL) options.metrics.answered(refusal.status);
    return sendRefusal(reply, refusal, correlationId);
  });
  server.addHook('preClose', async () => {
    closing = true;
  });
  // A request that was under way ends its connection too: kept alive, it would hold the closing up until it is killed.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  server.addHook('onClose', async () => door?.close());
  return server;
}

/** Whether a check passes soon; a check that hangs does not. */
async function soon(check: () => Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([check(), late]);
  } catch {
    return false; // a check that throws is a check that fails
  } finally {
    clearTimeout(timer);
  }
}
