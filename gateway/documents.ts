import { hash as digest } from 'node:crypto';
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from 'graphql';
import { LRUCache } from 'lru-cache';
import { checkDocument, type Limits } from './plugins/limits.ts';
import { checkLiterals } from './values.ts';

export interface Documents {
  /** The errors of a text, empty when it may run. Each good text is parsed, measured and validated once. */
  prepare(text: string): readonly GraphQLError[];
  /** Prepares the text of a registered operation, and keeps the outcome, good or bad, for as long as this graph serves. */
  prepareForGood(operation: { readonly name: string; readonly body: string }): readonly GraphQLError[];
  /** The SHA-256 of a prepared text, in hexadecimal digits; undefined where it is not kept any more. */
  hashOf(text: string): string | undefined;
  /** Where Apollo Server finds a text by that hash, so that it does not hash it again. */
  readonly texts: Found<string>;
  /** Where Apollo Server finds what was prepared, so that it neither parses nor validates again. */
  readonly store: Found<DocumentNode>;
}

/** A cache of Apollo Server into which nothing is put by it. */
interface Found<Value> {
  get(key: string): Promise<Value | undefined>;
  set(): Promise<void>;
  delete(): Promise<boolean>;
}

const MOST_ERRORS = 10;

type Outcome =
  | { readonly document: DocumentNode; readonly errors?: never }
  | { readonly document?: never; readonly errors: readonly GraphQLError[] };

/**
 * Reads documents in the order that keeps hostile ones cheap: token limit while parsing, then measures, and only then
 * validation. Apollo Server has no place for a check between parsing and validation, therefore it is done before it.
 */
export function createDocuments(options: { schema: GraphQLSchema; limits: Limits; kept?: number }): Documents {
  const { schema, limits } = options;
  const kept = { max: options.kept ?? 2_000 };
  const known = new LRUCache<string, DocumentNode>(kept);
  /** Hashes of the texts that are kept: looking a text up costs a part of hashing it. */
  const hashes = new LRUCache<string, string>(kept);
  const forGood = new Map<string, Outcome>();

  const read = (text: string): Outcome => {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      return { errors: [coded(error, 'GRAPHQL_PARSE_FAILED')] };
    }
    const over = checkDocument(document, limits);
    if (over !== undefined) return { errors: [over] };
    const errors = validate(schema, document, specifiedRules, { maxErrors: MOST_ERRORS }).slice(0, MOST_ERRORS);
    if (errors.length > 0) {
      return { errors: errors.map((error) => coded(told(error), 'GRAPHQL_VALIDATION_FAILED')) };
    }
    const wrong = checkLiterals(document, schema, limits);
    return wrong === undefined ? { document } : { errors: [wrong] };
  };

  // Apollo Server puts something and a colon before a hash: the hash of the schema, or what kind of thing is looked for.
  const found = (key: string): DocumentNode | undefined => {
    const hash = key.slice(key.lastIndexOf(':') + 1);
    return forGood.get(hash)?.document ?? known.get(hash);
  };
  const set = async () => {};
  const remove = async () => false;

  return {
    hashOf(text) {
      const hash = hashes.get(text);
      return hash === undefined || found(hash) === undefined ? undefined : hash;
    },
    texts: { get: async (key) => found(key)?.loc?.source.body, set, delete: remove },
    prepare(text) {
      const hash = hashes.get(text) ?? sha256(text);
      const outcome = forGood.get(hash);
      if (outcome !== undefined) return outcome.errors ?? [];
      if (known.has(hash)) return [];
      const { document, errors } = read(text);
      if (document === undefined) return errors;
      known.set(hash, document);
      hashes.set(text, hash);
      return [];
    },
    prepareForGood({ name, body }) {
      const { document, errors } = read(body);
      const told = (errors ?? []).map((error) => aboutRegistered(name, error));
      const hash = sha256(body);
      hashes.set(body, hash);
      forGood.set(hash, document === undefined ? { errors: told } : { document });
      return told;
    },
    store: { get: async (key) => found(key), set, delete: remove },
  };
}

const sha256 = (text: string): string => digest('sha256', text, 'hex');

/** Its client has not changed: the graph has, and the operation's team has to hear of it. */
const aboutRegistered = (name: string, { message, nodes, source, positions, extensions }: GraphQLError): GraphQLError =>
  new GraphQLError(`The registered operation ${name} does not fit the graph: ${message}`, {
    nodes,
    source,
    positions,
    extensions,
  });

/** graphql-js gives up comparing fields that are written again and again, and says no more than that it does. */
const told = (error: GraphQLError): GraphQLError =>
  error.message === 'Validation aborted.'
    ? new GraphQLError('The document repeats the same fields too often to be checked; ask for each of them once')
    : error;

function coded(error: unknown, code: string): GraphQLError {
  const { message, nodes, source, positions } =
    error instanceof GraphQLError ? error : new GraphQLError('The document cannot be read');
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    extensions: { code, retryable: false, http: { status: 400 } },
  });
}
