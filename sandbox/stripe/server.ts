import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { isReplay } from '../core/replay.ts';
import { StripeFault } from './errors.ts';
import { expanded } from './expand.ts';
import { type Form, parseForm } from './form.ts';
import type { createIdempotencyKeys, StoredAnswer } from './idempotency.ts';
import { API_VERSION } from './objects/wire.ts';
import { readParams } from './params.ts';

/** A call of the API: what it takes, and what it does with it. */
export interface Endpoint<Schema extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly params: Schema;
  /** @throws StripeFault */
  answer(request: {
    readonly params: z.infer<Schema>;
    readonly id: string;
    readonly idempotencyKey: string | null;
  }): object;
}

export interface ServerContext {
  readonly secretKey: string;
  /** Seconds. */
  now(): number;
  keys(): ReturnType<typeof createIdempotencyKeys>;
  /** Runs a change; ids that it took are given back when it is refused. */
  during<T>(change: () => T): T;
  /** The object behind an id, for `expand`. */
  lookUp(id: string): object | undefined;
}

const FORM = 'application/x-www-form-urlencoded';

/** Puts endpoints on the app with what Stripe does around all of them: key, form, idempotency, `expand`, error shape. */
export function createServer(app: FastifyInstance, context: ServerContext) {
  let requests = 0;
  const bodies = new WeakMap<FastifyRequest, string>();
  app.addContentTypeParser(FORM, { parseAs: 'string' }, (request, body, done) => {
    bodies.set(request, String(body));
    done(null, body);
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null, null));
  app.setErrorHandler((error, _request, reply) => {
    const fault =
      error instanceof StripeFault
        ? error
        : new StripeFault(statusOf(error), 'An error occurred while processing your request.', { type: 'api_error' });
    if (fault.status === 409) reply.header('stripe-should-retry', 'true');
    return reply.code(fault.status).send(fault.toWire());
  });
  app.addHook('onRequest', async (request, reply) => {
    requests += 1;
    reply.header('request-id', `req_Q8${String(requests).padStart(12, '0')}`);
    reply.header('stripe-version', request.headers['stripe-version'] ?? API_VERSION);
    if (!isReplay(request)) authenticate(request, context.secretKey);
  });
  app.all('/v1/*', async (request) => {
    throw new StripeFault(
      404,
      `Unrecognized request URL (${request.method}: ${request.url.split('?')[0]}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    );
  });

  return function serve<Schema extends z.ZodType>(endpoint: Endpoint<Schema>): void {
    const run = (request: FastifyRequest, form: Form): string => {
      const params = readParams(endpoint.params, form);
      const { id = '' } = request.params as { id?: string }; // the only placeholder in any URL is `:id`
      const answer = context.during(() => endpoint.answer({ params, id, idempotencyKey: keyOf(request) }));
      return JSON.stringify(expanded(answer, expandOf(params), context.lookUp));
    };
    app.route({
      method: endpoint.method,
      url: endpoint.url,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        reply.type('application/json');
        const key = endpoint.method === 'POST' ? keyOf(request) : null;
        if (key === null) return run(request, formOf(request, bodies));
        return once(key, request, reply);
      },
    });

    async function once(key: string, request: FastifyRequest, reply: FastifyReply): Promise<string> {
      const keys = context.keys();
      reply.header('idempotency-key', key);
      const fingerprint = JSON.stringify([request.method, request.url, bodies.get(request) ?? '']);
      const kept = keys.claim(key, fingerprint, context.now());
      if (kept) {
        reply.header('idempotent-replayed', 'true').header('original-request', kept.requestId).code(kept.status);
        return kept.body;
      }
      await new Promise(setImmediate); // another request with the same key may come in here, and is told to wait
      const requestId = String(reply.getHeader('request-id'));
      const finish = (answer: Omit<StoredAnswer, 'requestId'>): string => {
        keys.finish(key, { ...answer, requestId });
        return answer.body;
      };
      try {
        return finish({ status: 200, body: run(request, formOf(request, bodies)) });
      } catch (error) {
        if (!(error instanceof StripeFault) || error.beforeExecution) {
          keys.release(key);
          throw error;
        }
        reply.code(error.status);
        return finish({ status: error.status, body: JSON.stringify(error.toWire()) });
      }
    }
  };
}

function authenticate(request: FastifyRequest, secretKey: string): void {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    throw new StripeFault(
      401,
      `You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').`,
    );
  }
  const given = authorization.startsWith('Bearer ')
    ? authorization.slice(7)
    : authorization.startsWith('Basic ')
      ? (Buffer.from(authorization.slice(6), 'base64').toString('utf8').split(':')[0] ?? '')
      : '';
  if (given === secretKey) return;
  throw new StripeFault(401, `Invalid API Key provided: ${given.slice(0, 8)}${'*'.repeat(10)}`);
}

const keyOf = (request: FastifyRequest): string | null => {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : null;
};

/** Parameters of the query, and of the body where there is one. */
function formOf(request: FastifyRequest, bodies: WeakMap<FastifyRequest, string>): Form {
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?') + 1) : '';
  const type = request.headers['content-type'];
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !type?.startsWith(FORM)) {
    throw new StripeFault(
      400,
      `Invalid request (check that your POST content type is ${FORM}). If you have any questions, we can help at https://support.stripe.com/.`,
      { beforeExecution: true },
    );
  }
  const body = bodies.get(request) ?? '';
  const form = parseForm([query, body].filter((part) => part !== '').join('&'));
  if (form) return form;
  throw new StripeFault(400, 'Invalid request (malformed parameters).', { beforeExecution: true });
}

const expandOf = (params: unknown): readonly string[] =>
  typeof params === 'object' && params !== null && 'expand' in params && Array.isArray(params.expand)
    ? params.expand
    : [];

const statusOf = (error: unknown): number => {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 500;
};
