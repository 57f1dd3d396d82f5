import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isPersons, isReplay } from '../core/replay.ts';
import type { Vendor, VendorContext, VendorDefinition } from '../core/vendor.ts';
import { INTEGRATION_USER, Sessions } from './auth.ts';
import { onlyReads } from './composite.ts';
import { edit } from './edit.ts';
import { Queries } from './queries.ts';
import { userId } from './records.ts';
import { Refusal, refuse } from './refusal.ts';
import { type ApiAnswer, answer } from './resources.ts';
import { Store } from './store.ts';

/** Requests by day that the org pays for; high enough for a benchmark, and counted as the vendor does. */
const DAILY_REQUESTS = 10_000_000;
const MAX_URI = 16_384;

/** Versions of the API that this org answers. */
const VERSION = /^v(6[0-6]\.0)$/;

/** Salesforce REST API v66.0 as one org with the hub's custom fields speaks it. */
export const vendor: VendorDefinition = {
  name: 'salesforce',
  credentials: (random) => ({ clientId: `3MVG9${random()}`, clientSecret: random() }),
  environment: (baseUrl, { clientId = '', clientSecret = '' }) => ({
    SALESFORCE_LOGIN_URL: baseUrl,
    SALESFORCE_CLIENT_ID: clientId,
    SALESFORCE_CLIENT_SECRET: clientSecret,
  }),
  create: (context) => createSalesforce(context),
};

export function createSalesforce(context: VendorContext, limits = { dailyRequests: DAILY_REQUESTS }): Vendor {
  const { clock } = context;
  const store = new Store(context.world, (entry) => context.record(entry));
  const queries = new Queries(store);
  const sessions = new Sessions({
    clientId: context.credentials.clientId ?? '',
    clientSecret: context.credentials.clientSecret ?? '',
  });
  let usage = { day: '', requests: 0 };

  /** Counts the request; the header goes with every answer. */
  const counted = (): Record<string, string> => {
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    usage = { day, requests: (usage.day === day ? usage.requests : 0) + 1 };
    const used = Math.min(usage.requests, limits.dailyRequests);
    return { 'sforce-limit-info': `api-usage=${used}/${limits.dailyRequests}` };
  };

  const api = (request: FastifyRequest): ApiAnswer => {
    if (request.url.length > MAX_URI) return refuse(414, 'URI_TOO_LONG', 'The request URI is too long');
    if (!isReplay(request) && !sessions.accepts(request.headers.authorization, clock.now())) {
      return refuse(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    }
    const headers = counted();
    if (usage.requests > limits.dailyRequests) {
      throw new Refusal(
        403,
        { errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' },
        headers,
      );
    }
    try {
      store.actAs(isPersons(request) ? userId(0) : INTEGRATION_USER);
      const url = new URL(request.url, 'http://org');
      const [, , , segment = '', ...rest] = url.pathname.split('/');
      const version = VERSION.exec(segment)?.[1];
      if (version === undefined) return refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
      const answered = answer(
        { store, queries, clock },
        {
          method: request.method,
          path: `/${rest.join('/')}`,
          query: url.searchParams,
          headers: request.headers,
          body: json(request.body),
          version,
        },
      );
      return { ...answered, headers: { ...answered.headers, ...headers } };
    } catch (error) {
      if (error instanceof Refusal) throw new Refusal(error.status, error.errors, { ...error.headers, ...headers });
      throw error;
    }
  };

  return {
    routes: (app) => {
      // In a scope of its own: bodies stay text until they are read, so that bad JSON gets the vendor's own error.
      app.register(async (scope: FastifyInstance) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
        scope.setErrorHandler((error, _, reply) => sendError(reply, error));
        scope.post('/services/oauth2/token', (request, reply) => {
          const instanceUrl = `http://${request.headers.host ?? '127.0.0.1'}`;
          const { status, body } = sessions.issue(form(request.body), instanceUrl, clock.now());
          return reply
            .status(status)
            .header('content-type', 'application/json;charset=UTF-8')
            .send(JSON.stringify(body));
        });
        scope.post('/services/oauth2/revoke', (request, reply) => {
          sessions.revoke(form(request.body).get('token') ?? '');
          return reply.status(200).send('');
        });
        scope.all('/services/data/*', (request, reply) => send(reply, api(request)));
      });
    },
    edit: (change) => edit(store, change),
    reset: () => {
      store.reset();
      queries.clear();
    },
    readOnly: [/^POST \/services\/oauth2\//, /^POST \/services\/data\/[^/]+\/composite\/sobjects\//],
    onlyReads: (_, path, body) => path.endsWith('/composite') && onlyReads(body),
  };
}

const form = (body: unknown): URLSearchParams => new URLSearchParams(typeof body === 'string' ? body : '');

function json(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return refuse(400, 'JSON_PARSER_ERROR', 'The HTTP entity body could not be parsed as JSON');
  }
}

function send(reply: FastifyReply, { status, body, headers = {} }: ApiAnswer): FastifyReply {
  reply.status(status).headers(headers);
  if (body === undefined) return reply.send();
  return reply.header('content-type', 'application/json;charset=UTF-8').send(JSON.stringify(body));
}

function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof Refusal)
    return send(reply, { status: error.status, body: error.errors, headers: error.headers });
  const status = (error as { statusCode?: number } | null)?.statusCode ?? 500; // Fastify's own errors carry one
  const errorCode = status < 500 ? 'JSON_PARSER_ERROR' : 'UNKNOWN_EXCEPTION';
  return send(reply, { status, body: [{ errorCode, message: 'An unexpected error occurred.' }] });
}
