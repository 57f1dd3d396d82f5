import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { invalidParameter, ZendeskError } from './errors.ts';

/** A request as the routes read it: flat query (`page[size]` is one name), path parameters without `.json`, parsed body. */
export interface ZendeskRequest {
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: FastifyRequest['headers'];
  /** Scheme and host under which the client reached the sandbox, for links. */
  readonly origin: string;
  readonly path: string;
}

/** What a route answers: the body, unless it set a status or headers on the reply first. */
export type Handler = (request: ZendeskRequest, reply: FastifyReply) => unknown;

/** Adds a route under `/api/v2`, with and without the `.json` that Zendesk's paths may end in. */
export function route(app: FastifyInstance, method: HTTPMethods, path: string, handler: Handler): void {
  const url = `/api/v2${path}`;
  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    const raw = request.params as Record<string, string>; // fastify's path parameters are texts
    const params = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, value.replace(/\.json$/, '')]));
    return handler(
      {
        query: request.query as Record<string, string | undefined>, // fastify's default parser gives flat texts
        params,
        body: request.body,
        headers: request.headers,
        origin: `http://${request.headers.host ?? 'localhost'}`,
        path: request.url.split('?', 1)[0] ?? '',
      },
      reply,
    );
  };
  app.route({ method, url, handler: handle });
  if (!/:[a-z_]+$/.test(path)) app.route({ method, url: `${url}.json`, handler: handle });
}

/** @throws 400 as Zendesk does for `/tickets/abc` */
export function integerParameter(value: string | undefined, name: string): number {
  if (value !== undefined && /^\d{1,15}$/.test(value)) return Number(value);
  throw invalidParameter(
    `You passed an invalid value for the ${name} attribute. Invalid parameter: ${name} must be an integer`,
  );
}

/** A comma-separated list of at most 100. What Zendesk says to more is not documented; a 400 is the strictest reading. */
export function listParameter(value: string | undefined, name: string): string[] {
  const values = (value ?? '').split(',').filter((entry) => entry !== '');
  if (values.length > 100) throw invalidParameter(`You passed too many values for the ${name} attribute: at most 100`);
  return values;
}

/** Any JSON value as an object to be read field by field; what is none has no fields. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** The object under the name that Zendesk wraps every body in. */
export function wrapped(body: unknown, name: string): Readonly<Record<string, unknown>> {
  const inner = fieldsOf(body)[name];
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return fieldsOf(inner);
  throw new ZendeskError(400, {
    error: 'ParameterMissing',
    description: `param is missing or the value is empty: ${name}`,
  });
}

export interface CursorPage<T> {
  readonly entries: readonly T[];
  readonly meta: { has_more: boolean; after_cursor: string | null; before_cursor: string | null };
  readonly links: { next: string | null; prev: string | null };
}

/**
 * Cursor paging over anything that can be walked in order.
 * https://developer.zendesk.com/api-reference/introduction/pagination/#cursor-pagination
 */
export function cursorPage<T>(
  request: ZendeskRequest,
  all: Iterable<T>,
  keyOf: (entry: T) => string,
  maxSize = 100,
): CursorPage<T> {
  const size = Number(request.query['page[size]'] ?? 100);
  if (!Number.isInteger(size) || size < 1) throw invalidParameter('page[size] must be a positive integer');
  const limit = Math.min(size, maxSize);
  const after = decodeCursor(request.query['page[after]']);
  const entries: T[] = [];
  let started = after === null;
  let hasMore = false;
  for (const entry of all) {
    if (!started) {
      started = keyOf(entry) === after;
      continue;
    }
    if (entries.length === limit) {
      hasMore = true;
      break;
    }
    entries.push(entry);
  }
  const [first, last] = [entries.at(0), entries.at(-1)];
  const afterCursor = last === undefined ? null : encodeCursor(keyOf(last));
  const next = new URLSearchParams({ ...request.query, 'page[after]': afterCursor ?? '' });
  return {
    entries,
    meta: {
      has_more: hasMore,
      after_cursor: afterCursor,
      before_cursor: first === undefined ? null : encodeCursor(keyOf(first)),
    },
    links: { next: hasMore ? `${request.origin}${request.path}?${next}` : null, prev: null },
  };
}

/** The key after which the request asks for more; null: from the beginning. Lets a walk begin there. */
export const keyAfter = (request: ZendeskRequest): string | null => decodeCursor(request.query['page[after]']);

const encodeCursor = (key: string) => Buffer.from(JSON.stringify({ o: 'id', v: key })).toString('base64url');

function decodeCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  try {
    return String(JSON.parse(Buffer.from(cursor, 'base64url').toString()).v);
  } catch {
    throw new ZendeskError(400, { error: 'InvalidCursor', description: 'page[after] is not a valid cursor' });
  }
}
