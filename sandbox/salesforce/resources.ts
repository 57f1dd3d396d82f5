import type { Clock } from '../../platform/clock.ts';
import { composite } from './composite.ts';
import { deleted } from './deleted.ts';
import { describe } from './describe.ts';
import { rowOf } from './evaluate.ts';
import { fullId, objectOfId, type SalesforceId } from './ids.ts';
import { fieldNamed, fieldShape, type ObjectName, objectNamed, shapeOf } from './objects.ts';
import type { Queries } from './queries.ts';
import type { SObject } from './records.ts';
import { notFound, refuse } from './refusal.ts';
import type { Plan } from './soql.ts';
import type { Store } from './store.ts';
import { byExternalId, create, remove, standing, update } from './write.ts';

export interface ApiRequest {
  readonly method: string;
  /** Below `/services/data/vNN.0`, still percent-encoded. Example: `/sobjects/Account/001…`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  /** Example: `66.0`. */
  readonly version: string;
}

export interface ApiAnswer {
  readonly status: number;
  /** Absent: no content. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Org {
  readonly store: Store;
  readonly queries: Queries;
  readonly clock: Clock;
}

const MAX_RETRIEVE = 2_000;

/** One request to the REST API, alone or as a part of a composite one. @throws Refusal */
export function answer(org: Org, request: ApiRequest): ApiAnswer {
  const parts = request.path.split('/').filter(Boolean).map(decoded);
  const [resource, ...rest] = parts;
  switch (resource) {
    case undefined:
      return { status: 200, body: { sobjects: `/services/data/v${request.version}/sobjects` } };
    case 'query':
    case 'queryAll':
      return query(org, request, rest[0], resource === 'queryAll');
    case 'composite':
      if (rest[0] === undefined && request.method === 'POST') return composite(org, request);
      if (rest[0] === 'sobjects' && rest[1] !== undefined && rest.length === 2) return retrieve(org, request, rest[1]);
      return notFound();
    case 'sobjects':
      return rest[0] === undefined ? notFound() : records(org, request, known(rest[0]), rest.slice(1));
    default:
      return notFound();
  }
}

function query(org: Org, request: ApiRequest, locator: string | undefined, deletedToo: boolean): ApiAnswer {
  if (request.method !== 'GET') return methodNotAllowed(request.method);
  if (locator !== undefined) return { status: 200, body: org.queries.more(locator, request.version) };
  const soql = request.query.get('q');
  if (soql === null) return refuse(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const batchSize = /batchSize\s*=\s*(\d+)/i.exec(String(request.headers['sforce-query-options'] ?? ''))?.[1];
  return { status: 200, body: org.queries.run(soql, request.version, Number(batchSize ?? 2_000), deletedToo) };
}

/** "Get Records with sObject Collections": one entry per id, `null` where there is none. */
function retrieve(org: Org, request: ApiRequest, type: string): ApiAnswer {
  const object = known(type);
  const body = request.method === 'POST' ? asObject(request.body) : Object.fromEntries(request.query);
  const ids = list(body.ids);
  const fields = list(body.fields);
  if (request.method !== 'POST' && request.method !== 'GET') return methodNotAllowed(request.method);
  if (ids.length > MAX_RETRIEVE) {
    return refuse(400, 'LIMIT_EXCEEDED', `The number of record ids exceeds the maximum of ${MAX_RETRIEVE}`);
  }
  const columns = fields.map((field) => columnOf(object, field));
  return {
    status: 200,
    body: ids.map((text) => {
      const id = fullId(text) ?? refuse(400, 'MALFORMED_ID', `malformed id ${text}`);
      const record = objectOfId(id) === object ? org.store.record(id) : undefined;
      return record && record.IsDeleted !== true ? row(org, request, object, record, columns) : null;
    }),
  };
}

function records(org: Org, request: ApiRequest, object: ObjectName, rest: readonly string[]): ApiAnswer {
  const { store, clock } = org;
  const [first, value] = rest;
  if (first === undefined) {
    if (request.method !== 'POST') return methodNotAllowed(request.method);
    return saved(201, create(store, object, request.body, clock.now()));
  }
  if (first === 'describe' && rest.length === 1) return { status: 200, body: describe(object) };
  if (first === 'deleted' && rest.length === 1) {
    return request.method === 'GET' ? { status: 200, body: deleted(org, object, request) } : methodNotAllowed('GET');
  }
  if (rest.length > 2) return notFound();
  const external = value === undefined ? undefined : externalField(object, first);
  const found =
    external === undefined || value === undefined
      ? standing(store, object, fullId(first) ?? malformedId(object, first))
      : byExternalId(store, object, external, value);

  if (request.method === 'PATCH') {
    if (found) {
      update(store, object, String(found.Id), request.body, clock.now());
      return external === undefined
        ? { status: 204 }
        : { status: 200, body: { ...savedBody(String(found.Id)), created: false } };
    }
    const body = { ...asObject(request.body), [external ?? 'Id']: value };
    return { status: 201, body: { ...savedBody(create(store, object, body, clock.now())), created: true } };
  }
  if (!found) return notFound();
  if (request.method === 'DELETE') {
    remove(store, object, String(found.Id), clock.now());
    return { status: 204 };
  }
  if (request.method !== 'GET') return methodNotAllowed(request.method);
  const names = request.query.get('fields')?.split(',') ?? Object.keys(shapeOf(object).fields);
  const columns = names.map((name) => columnOf(object, name.trim()));
  return { status: 200, body: row(org, request, object, found, ['Id', ...columns]) };
}

function row(org: Org, request: ApiRequest, object: ObjectName, record: SObject, columns: readonly string[]) {
  const plan: Plan = {
    object,
    columns: columns.map((field) => ({ kind: 'field', path: [field] })),
    countOnly: false,
    where: null,
    orderBy: [],
    limit: null,
    offset: 0,
  };
  return rowOf(record, plan, org.store, request.version);
}

const known = (type: string): ObjectName => objectNamed(type) ?? notFound();

const columnOf = (object: ObjectName, field: string): string =>
  fieldNamed(object, field) ??
  refuse(
    400,
    'INVALID_FIELD',
    `No such column '${field}' on entity '${object}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`,
  );

function externalField(object: ObjectName, name: string): string {
  const field = fieldNamed(object, name);
  if (field === undefined || !fieldShape(object, field).externalId) {
    return refuse(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`);
  }
  return field;
}

const malformedId = (object: ObjectName, text: string): never =>
  refuse(400, 'MALFORMED_ID', `${object} ID: id value of incorrect type: ${text}`);

const methodNotAllowed = (method: string): never =>
  refuse(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed.`);

const savedBody = (id: SalesforceId) => ({ id, success: true, errors: [] });
const saved = (status: number, id: SalesforceId): ApiAnswer => ({ status, body: savedBody(id) });

export function asObject(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuse(400, 'JSON_PARSER_ERROR', 'The HTTP entity body must be a JSON object');
  }
  return body as Record<string, unknown>; // a JSON object, as just checked
}

function list(value: unknown): string[] {
  const entries = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === 'string')) {
    return refuse(400, 'JSON_PARSER_ERROR', 'ids and fields must be lists of text');
  }
  return entries;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return refuse(400, 'INVALID_URL', 'The URL is not encoded correctly');
  }
}
