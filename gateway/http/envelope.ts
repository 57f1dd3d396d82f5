import { HttpRefusal } from './answers.ts';

/** A GraphQL request as it came over HTTP, its parts of the right kinds. */
export interface Envelope {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

const refuse = (message: string, code = 'BAD_REQUEST') => new HttpRefusal(400, code, message);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The request of a POST. @throws HttpRefusal 400 */
export function envelopeOf(body: unknown): Envelope {
  if (Array.isArray(body) && body.length > 0) throw refuse('Send one operation in a request', 'BATCHING_DISABLED');
  if (!isRecord(body)) throw refuse('The body must be a JSON object with `query`');
  return checked(body);
}

/** The request of a GET, from its query string. @throws HttpRefusal 400 */
export function envelopeOfSearch(search: string): Envelope {
  const parameters = new URLSearchParams(search);
  const json = (name: string): unknown => {
    const text = parameters.get(name);
    if (text === null) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw refuse(`\`${name}\` must be JSON`);
    }
  };
  for (const name of ['query', 'operationName', 'variables', 'extensions']) {
    if (parameters.getAll(name).length > 1) throw refuse(`\`${name}\` is given twice`);
  }
  return checked({
    query: parameters.get('query') ?? undefined,
    operationName: parameters.get('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  });
}

function checked(parts: Record<string, unknown>): Envelope {
  const { query, variables, operationName, extensions } = parts;
  if (isRecord(extensions) && extensions.persistedQuery !== undefined) {
    throw refuse('Persisted queries are not offered: send `query`', 'PERSISTED_QUERY_NOT_SUPPORTED');
  }
  if (typeof query !== 'string' || query.trim() === '') throw refuse('`query` must be the text of a GraphQL document');
  if (variables !== undefined && variables !== null && !isRecord(variables))
    throw refuse('`variables` must be an object');
  if (extensions !== undefined && extensions !== null && !isRecord(extensions)) {
    throw refuse('`extensions` must be an object');
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw refuse('`operationName` must be text');
  }
  return { query, variables: variables ?? undefined };
}
