import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { createHttpClient, type HttpRequest, type HttpResponse } from '../../../../platform/http/client.ts';
import type { ZendeskConfig } from './config.ts';
import { failureOf, SYSTEM } from './failures.ts';

/** The query of a request; a name without a value is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** Zendesk's API behind one sign-in: asks, and reads the answer as the schema says or fails with a HubError. */
export interface ZendeskApi {
  get<Schema extends z.ZodType>(path: string, query: Query, answer: Schema, call: Call): Promise<z.infer<Schema>>;
  /** A question that is asked by POST. */
  ask<Schema extends z.ZodType>(
    path: string,
    query: Query,
    body: unknown,
    answer: Schema,
    call: Call,
  ): Promise<z.infer<Schema>>;
  write<Schema extends z.ZodType>(
    request: { method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string; query?: Query; body: unknown },
    answer: Schema,
    call: Call,
  ): Promise<z.infer<Schema>>;
  close(): Promise<void>;
}

export function createZendeskApi(config: ZendeskConfig): ZendeskApi {
  const { origin, pathname } = new URL(config.baseUrl);
  const http = createHttpClient({ origin, system: SYSTEM, timeoutMs: config.timeoutMs });
  // An API token signs in as `{email}/token:{token}`: introduction/security-and-auth/#api-token
  const authorization = `Basic ${Buffer.from(`${config.email}/token:${config.apiToken}`).toString('base64')}`;
  const root = `${pathname.replace(/\/$/, '')}/api/v2`;

  async function send<Schema extends z.ZodType>(
    request: Pick<HttpRequest, 'method' | 'write'> & { path: string; query?: Query; body?: unknown },
    answer: Schema,
    call: Call,
  ): Promise<z.infer<Schema>> {
    const write = request.write ?? false;
    const response = await http.send(
      {
        method: request.method,
        path: `${root}${request.path}${searchOf(request.query ?? {})}`,
        headers: {
          authorization,
          accept: 'application/json',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        write,
      },
      call,
    );
    if (response.status < 200 || response.status > 299) throw failureOf(response, { write });
    if (response.status === 204) return answer.parse(null); // what is deleted is answered without a body
    return read(response, answer, write);
  }

  return {
    get: (path, query, answer, call) => send({ method: 'GET', path, query }, answer, call),
    ask: (path, query, body, answer, call) => send({ method: 'POST', path, query, body }, answer, call),
    write: (request, answer, call) => send({ ...request, write: true }, answer, call),
    close: () => http.close(),
  };
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search}`;
}

/** @throws CONTRACT_BROKEN naming the field, never its value; IN_DOUBT when the answer to a write cannot be read at all */
function read<Schema extends z.ZodType>(response: HttpResponse, schema: Schema, write: boolean): z.infer<Schema> {
  const type = String(response.headers['content-type'] ?? '');
  let body: unknown;
  try {
    if (!type.includes('json')) throw new SyntaxError(`content type ${type}`);
    body = JSON.parse(response.text);
  } catch (cause) {
    if (write) {
      const message = 'Support took the write, but its answer cannot be read; it may have happened';
      throw new HubError('IN_DOUBT', message, { system: SYSTEM, cause });
    }
    throw new HubError('CONTRACT_BROKEN', 'Support answered something that is no JSON', { system: SYSTEM, cause });
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HubError('CONTRACT_BROKEN', 'Support answered in a form it never promised', {
    system: SYSTEM,
    field: issue?.path.join('.') || '(answer)',
    reason: issue?.code,
  });
}
