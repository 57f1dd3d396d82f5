import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  type onRequestHookHandler,
} from 'fastify';
import type { Authenticate } from '../../platform/keys/verdict.ts';
import type { Logger } from '../../platform/log.ts';
import type { Principal } from '../../platform/principal.ts';
import { METRICS_TYPE } from '../../platform/telemetry/prometheus.ts';
import { createDoor, type Door, type DoorOptions } from '../auth/door.ts';
import type { Ending } from '../auth/ending.ts';
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
  /** When the caller's credential holds no more; null where nobody sent one. */
  readonly ended: Ending | null;
}

type Guest = Omit<Asked, 'request' | 'correlationId'>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Empty until the first hook has run. */
    correlationId: string;
    /** Who was let in; null: nobody yet. */
    guest: Guest | null;
  }
}

/** What Node's parser refuses by itself, by its codes. */
const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const GRAPHQL = '/graphql';
const CHECK_TIMEOUT_MS = 1_000;
/** Where nobody is asked who he is. */
const NOBODY_ASKED: Guest = { principal: ANYBODY, present: () => ANYBODY, stay: () => {}, address: null, ended: null };

/**
 * The door: one order of questions for every request (id, size of address and headers, who asks, which form), each answered
 * as JSON with the correlation id, before the body is read.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { config, log } = options;
  const door =
    options.authenticate === null ? null : createDoor({ ...options.door, authenticate: options.authenticate, log });
  const idOf = ({ correlationId }: FastifyRequest): string => correlationId || correlationIdOf(undefined);
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
  // The usual type by name: Fastify then finds the parser without reading the type anew for each request.
  server.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  server.decorateRequest('correlationId', '');
  server.decorateRequest('guest', null);

  server.addHook('onRequest', (request, reply, done) => {
    const { headers } = request;
    const correlationId = correlationIdOf(headers[CORRELATION_HEADER]);
    request.correlationId = correlationId;
    reply.headers(SAFE_HEADERS);
    if (headers.origin !== undefined) reply.headers(corsHeaders(headers.origin, config.corsOrigins));
    reply.header(CORRELATION_HEADER, correlationId);
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
    done();
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
  const lettingIn =
    (door: Door) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const gone = { aborted: false };
      let leave: (() => void) | undefined;
      reply.raw.on('close', () => {
        gone.aborted = true;
        leave?.();
      });
      const guest = await door.enter({
        url: request.url,
        rawHeaders: request.raw.rawHeaders,
        socketAddress: request.raw.socket.remoteAddress,
        forwardedFor: request.headers['x-forwarded-for'],
        correlationId: request.correlationId,
        gone,
      });
      leave = guest.leave;
      if (gone.aborted) leave();
      request.guest = guest;
      reply.headers(guest.headers);
    };
  const letAllIn: onRequestHookHandler = (request, _reply, done) => {
    request.guest = NOBODY_ASKED;
    done();
  };
  const letIn = door === null ? letAllIn : lettingIn(door);

  server.get('/metrics', {
    onRequest: [
      letIn,
      async ({ guest }) => {
        if (!guest?.principal.scopes.includes('operate'))
          throw new HttpRefusal(403, 'FORBIDDEN', 'Your key does not allow this');
      },
    ],
    handler: async (_request, reply) => reply.type(METRICS_TYPE).send(options.metrics.text()),
  });

  server.route({
    method: ['GET', 'POST'],
    url: GRAPHQL,
    onRequest: [
      letIn,
      ({ headers, method }, _reply, done) => {
        const { accept } = headers;
        if (answerType(accept) === undefined && !takesEvents(accept)) {
          throw new HttpRefusal(
            406,
            'NOT_ACCEPTABLE',
            'Accept application/json, application/graphql-response+json or text/event-stream',
          );
        }
        if (method === 'POST') checkContentHeaders(headers['content-type'], headers['content-encoding']);
        else checkPreflight(headers);
        done();
      },
    ],
    async handler(request, reply) {
      const { guest, correlationId } = request;
      if (guest === null) throw new HttpRefusal(401, 'UNAUTHENTICATED', 'Send an API key');
      const { principal, present, stay, address, ended } = guest;
      const asked: Asked = { request, correlationId, principal, present, stay, address, ended };
      const answered = await options.answer(asked, reply);
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
