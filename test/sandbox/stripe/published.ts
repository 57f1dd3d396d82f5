import { existsSync, readFileSync } from 'node:fs';
import { OpenAPIBackend } from 'openapi-backend';
import { parse } from 'yaml';
import type { CallLogEntry } from '../../../sandbox/start.ts';
import { listOf, parseForm } from '../../../sandbox/stripe/form.ts';

const FOLDER = new URL('../../../../shared/vendor-specs/stripe/', import.meta.url);

/** Why Stripe's published files cannot be checked against; false where they can. */
export const specMissing: string | false = existsSync(FOLDER)
  ? false
  : "Stripe's published files are not at ../shared/vendor-specs/stripe";

/** Objects as Stripe publishes them (2026-07), by name: their keys are those of the current API. */
export function publishedObjects(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return JSON.parse(readFileSync(new URL('fixtures3.json', FOLDER), 'utf8')).resources;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Schema = { [name: string]: Json };

/** Holds requests against the published file: the path, and every parameter by name and form. */
export async function publishedRequests(): Promise<
  (call: CallLogEntry) => { operation: string | null; problems: string[] }
> {
  const document = parse(readFileSync(new URL('spec3.2023-08-16.yaml', FOLDER), 'utf8'));
  const paths = slim(document.paths);
  const api = new OpenAPIBackend({
    definition: { openapi: '3.0.0', info: { title: 'Stripe', version: '2023-08-16' }, paths },
    quick: true,
    strict: false,
    ajvOpts: { coerceTypes: 'array', strict: false, formats: { 'unix-time': true, decimal: true, currency: true } },
  });
  await api.init();
  return (call) => {
    const found = api.matchOperation({ method: call.method, path: call.path, headers: {} });
    if (!found?.operationId) return { operation: null, problems: [] };
    const body = bodySchemaOf(found);
    const sent = structured(parseForm([call.query, call.body].filter((part) => part !== '').join('&')) ?? {}, {
      type: 'object',
      properties: { ...queryOf(found), ...(body.properties as Schema | undefined) },
    });
    const known = new Set([
      ...Object.keys(queryOf(found)),
      ...Object.keys((body.properties as Schema | undefined) ?? {}),
    ]);
    const names = Object.keys(sent as Schema);
    const unknown = names.filter((name) => !known.has(name));
    const isRead = call.method === 'GET';
    const { errors } = api.validateRequest(
      {
        method: call.method,
        path: call.path,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        ...(isRead ? { query: sent as Record<string, string> } : { body: sent }),
      },
      found,
    );
    return {
      operation: found.operationId,
      problems: [
        ...unknown.map((name) => `${found.operationId}: no parameter ${name}`),
        ...(errors ?? []).map((error) => `${found.operationId}: ${error.instancePath} ${error.message}`),
      ],
    };
  };
}

type Operation = NonNullable<ReturnType<OpenAPIBackend['matchOperation']>>;

function queryOf(operation: Operation): Schema {
  const entries = (operation.parameters ?? []).flatMap((parameter) =>
    'name' in parameter && parameter.in === 'query' ? [[parameter.name, parameter.schema ?? {}]] : [],
  );
  return Object.fromEntries(entries);
}

function bodySchemaOf(operation: Operation): Schema {
  const body = operation.requestBody;
  const content = body && 'content' in body ? body.content['application/x-www-form-urlencoded'] : undefined;
  return (content?.schema ?? {}) as Schema; // the file's schemas are plain JSON
}

/** A form value in the shape that its schema asks for: lists from `0`, `1`, …; whole numbers and booleans from text. */
function structured(value: unknown, schema: Json | undefined): Json {
  const options = alternatives(schema);
  if (typeof value === 'string') return scalar(value, options);
  const list = options.find((one) => one.type === 'array');
  const entries = list ? listOf(value) : null;
  if (list && entries) return entries.map((entry) => structured(entry, list.items));
  const object = options.find((one) => one.type === 'object');
  const properties = (object?.properties ?? {}) as Schema;
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([name, entry]) => [
      name,
      structured(entry, properties[name] ?? object?.additionalProperties),
    ]),
  );
}

function scalar(text: string, options: readonly Schema[]): Json {
  const types = new Set(options.map((one) => one.type));
  if (types.has('integer') && /^-?\d+$/.test(text)) return Number(text);
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function alternatives(schema: Json | undefined): Schema[] {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return [];
  const any = schema.anyOf;
  return Array.isArray(any) ? any.flatMap(alternatives) : [schema];
}

/** Only the paths and methods that the connector asks for, without responses: the whole file takes a minute to compile. */
function slim(paths: Record<string, Record<string, Record<string, unknown>>>): Record<string, never> {
  const wanted: [string, string[]][] = [
    ['/v1/customers', ['get']],
    ['/v1/customers/{customer}', ['get', 'post']],
    ['/v1/subscriptions', ['get', 'post']],
    ['/v1/subscriptions/{subscription_exposed_id}', ['get', 'post', 'delete']],
    ['/v1/subscription_schedules', ['post']],
    ['/v1/subscription_schedules/{schedule}', ['post']],
    ['/v1/subscription_schedules/{schedule}/release', ['post']],
    ['/v1/prices', ['get']],
    ['/v1/charges', ['get']],
    ['/v1/events', ['get']],
    ['/v1/invoices', ['get']],
    ['/v1/invoices/{invoice}', ['delete']],
    ['/v1/invoices/{invoice}/void', ['post']],
    ['/v1/invoiceitems', ['get']],
    ['/v1/invoiceitems/{invoiceitem}', ['delete']],
  ];
  return Object.fromEntries(
    wanted.map(([path, methods]) => [
      path,
      Object.fromEntries(
        methods.map((method) => {
          const operation = paths[path]?.[method];
          if (!operation) throw new Error(`${method} ${path} is not in the published file`);
          return [method, { ...operation, responses: { '200': { description: 'left out' } } }];
        }),
      ),
    ]),
  ) as Record<string, never>; // read as a document by the validator, which checks it
}
