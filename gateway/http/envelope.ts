import { HttpRefusal } from './answers.ts';

/** A GraphQL request as it came over HTTP, its parts of the right kinds. It has `query`, `documentId` or both. */
export interface Envelope {
  readonly query: string | undefined;
  /** Stands for a text: `documentId`, or `extensions.persistedQuery.sha256Hash`. */
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  /** Without `persistedQuery`. */
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

const refuse = (message: string, code = 'BAD_REQUEST') => new HttpRefusal(400, code, message);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The request of a POST. @throws HttpRefusal 400 */
export function envelopeOf(body: unknown): Envelope {
  if (!isRecord(body)) throw refuse('The body must be a JSON object with `query`');
  return checked(body);
}

/** The request of a GET, from its query string. @throws HttpRefusal 400 */
export function envelopeOfSearch(search: string): Envelope {
  const parameters = new URLSearchParams(search);
  const json = (name: string): unknown => {
    const text = parameters.get(name);
    if (text === null || text === '') return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw refuse(`\`${name}\` must be JSON`);
    }
  };
  for (const name of ['query', 'documentId', 'operationName', 'variables', 'extensions']) {
    if (parameters.getAll(name).length > 1) throw refuse(`\`${name}\` is given twice`);
  }
  return checked({
    query: parameters.get('query'),
    documentId: parameters.get('documentId'),
    operationName: parameters.get('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  });
}

function checked(parts: Record<string, unknown>): Envelope {
  const query = text(parts, 'query');
  if (query !== undefined && query.trim() === '') throw refuse('`query` must be the text of a GraphQL document');
  const operationName = text(parts, 'operationName') || undefined; // GraphQL over HTTP: an empty name is none
  const variables = map(parts, 'variables');
  const given = map(parts, 'extensions');
  const { persistedQuery, ...extensions } = given ?? {};
  const documentId = idIn(text(parts, 'documentId'), persistedQuery ?? undefined);
  if (query === undefined && documentId === undefined) {
    throw refuse('`query` must be the text of a GraphQL document, or `documentId` the id of one');
  }
  return { query, documentId, operationName, variables, extensions: given && extensions };
}

function text(parts: Record<string, unknown>, name: string): string | undefined {
  const value = parts[name] ?? undefined;
  if (value !== undefined && typeof value !== 'string') throw refuse(`\`${name}\` must be text`);
  return value;
}

function map(parts: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const value = parts[name] ?? undefined;
  if (value !== undefined && !isRecord(value)) throw refuse(`\`${name}\` must be an object`);
  return value;
}

/** Longer than any id in use: a SHA-256 has 64 letters. */
const LONGEST_ID = 256;

function idIn(documentId: string | undefined, persistedQuery: unknown): string | undefined {
  const checkedId = (id: string, name: string): string => {
    if (id === '' || id.length > LONGEST_ID) throw refuse(`\`${name}\` must have 1 to ${LONGEST_ID} letters`);
    return id;
  };
  if (documentId !== undefined) {
    if (persistedQuery !== undefined) {
      throw refuse('Send the id in `documentId` or in `extensions.persistedQuery`, not in both');
    }
    return checkedId(documentId, 'documentId');
  }
  if (persistedQuery === undefined) return undefined;
  if (!isRecord(persistedQuery)) throw refuse('`extensions.persistedQuery` must be an object');
  // Clients compare this message as it stands, and then send their texts in full.
  if (persistedQuery.version !== 1) throw refuse('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED');
  const hash = text(persistedQuery, 'sha256Hash');
  if (hash === undefined) throw refuse('`extensions.persistedQuery.sha256Hash` must be text');
  return checkedId(hash, 'extensions.persistedQuery.sha256Hash');
}
