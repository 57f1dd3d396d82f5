import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { createHttpClient, type HttpRequest, type HttpResponse } from '../../../../platform/http/client.ts';
import type { RtConfig } from './config.ts';
import { failureOf, SYSTEM } from './failures.ts';

/** The query of a request; a list names one parameter several times. */
export type Query = Readonly<Record<string, string | number | readonly string[]>>;

/** RT's REST 2.0 behind one sign-in: asks, and reads the answer as the schema says or fails with a HubError. */
export interface RtApi {
  get<Schema extends z.ZodType>(path: string, query: Query, answer: Schema, call: Call): Promise<z.infer<Schema>>;
  /** One record with its version, which grows with each change: RT's ETag is the number of the last transaction. */
  record<Schema extends z.ZodType>(
    path: string,
    answer: Schema,
    call: Call,
  ): Promise<{ record: z.infer<Schema>; version: number }>;
  /** Tickets by TicketSQL, in a form: a question about a hundred customers is too long for an address. */
  tickets<Schema extends z.ZodType>(sql: string, query: Query, answer: Schema, call: Call): Promise<z.infer<Schema>>;
  /** Other records by conditions in JSON. */
  search<Schema extends z.ZodType>(
    path: string,
    conditions: readonly Condition[],
    query: Query,
    answer: Schema,
    call: Call,
  ): Promise<z.infer<Schema>>;
  /** Changes a record that still has the version; RT compares before it writes, not while. @throws CONFLICT */
  change<Schema extends z.ZodType>(
    path: string,
    version: number,
    values: unknown,
    answer: Schema,
    call: Call,
  ): Promise<z.infer<Schema>>;
  close(): Promise<void>;
}

export interface Condition {
  readonly field: string;
  readonly operator: string;
  readonly value: string | readonly string[];
  readonly entry_aggregator?: 'OR';
}

const JSON_TYPE = 'application/json';

export function createRtApi(config: RtConfig): RtApi {
  const { origin, pathname } = new URL(config.baseUrl);
  const { timeoutMs, concurrency } = config;
  const http = createHttpClient({ origin, system: SYSTEM, timeoutMs, connections: concurrency });

  async function send(
    request: Pick<HttpRequest, 'method' | 'write' | 'headers' | 'body'> & { path: string; query?: Query },
    call: Call,
  ): Promise<HttpResponse> {
    const { method, headers, body, write = false } = request;
    const response = await http.send(
      {
        method,
        path: `${pathname}${request.path}${searchOf(request.query ?? {})}`,
        headers: { authorization: `token ${config.token}`, accept: JSON_TYPE, ...headers },
        ...(body === undefined ? {} : { body }),
        write,
      },
      call,
    );
    if (response.status < 200 || response.status > 299) throw failureOf(response, { write });
    return response;
  }

  return {
    get: async (path, query, answer, call) => read(await send({ method: 'GET', path, query }, call), answer),

    async record(path, answer, call) {
      const response = await send({ method: 'GET', path }, call);
      const version = Number(/^"(\d+)"$/.exec(String(response.headers.etag))?.[1]);
      if (Number.isNaN(version)) throw broken('ETag');
      return { record: read(response, answer), version };
    },

    async tickets(sql, query, answer, call) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = new URLSearchParams({ query: sql }).toString();
      return read(await send({ method: 'POST', path: '/tickets', query, headers, body }, call), answer);
    },

    async search(path, conditions, query, answer, call) {
      const headers = { 'content-type': JSON_TYPE };
      const body = JSON.stringify(conditions);
      return read(await send({ method: 'POST', path, query, headers, body }, call), answer);
    },

    async change(path, version, values, answer, call) {
      const headers = { 'content-type': JSON_TYPE, 'if-match': `"${version}"` };
      const response = await send({ method: 'PUT', path, headers, body: JSON.stringify(values), write: true }, call);
      try {
        return read(response, answer);
      } catch (cause) {
        const message = 'Support took the write, but its answer cannot be read; it may have happened';
        throw new HubError('IN_DOUBT', message, { system: SYSTEM, cause });
      }
    },

    close: () => http.close(),
  };
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  return search.size === 0 ? '' : `?${search}`;
}

/** @throws CONTRACT_BROKEN naming the field, never its value */
function read<Schema extends z.ZodType>(response: HttpResponse, schema: Schema): z.infer<Schema> {
  let body: unknown;
  try {
    if (!String(response.headers['content-type'] ?? '').includes('json')) throw new SyntaxError('another content type');
    body = JSON.parse(response.text);
  } catch (cause) {
    throw new HubError('CONTRACT_BROKEN', 'Support answered something that is no JSON', { system: SYSTEM, cause });
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw broken(issue?.path.join('.') || '(answer)', issue?.code);
}

const broken = (field: string, reason?: string): HubError =>
  new HubError('CONTRACT_BROKEN', 'Support answered in a form it never promised', {
    system: SYSTEM,
    field,
    ...(reason === undefined ? {} : { reason }),
  });
