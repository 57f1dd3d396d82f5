import { createHash } from 'node:crypto';
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from 'graphql';
import { LRUCache } from 'lru-cache';
import { checkDocument, type Limits } from './plugins/limits.ts';

export interface Documents {
  /** The errors of a text, empty when it may run. Each good text is parsed, measured and validated once. */
  prepare(text: string): readonly GraphQLError[];
  /** Where Apollo Server finds what was prepared, so that it neither parses nor validates again. */
  readonly store: {
    get(key: string): Promise<DocumentNode | undefined>;
    set(): Promise<void>;
    delete(): Promise<boolean>;
  };
}

const MOST_ERRORS = 10;

/**
 * Reads documents in the order that keeps hostile ones cheap: token limit while parsing, then measures, and only then
 * validation. Apollo Server has no place for a check between parsing and validation, therefore it is done before it.
 */
export function createDocuments(options: { schema: GraphQLSchema; limits: Limits; kept?: number }): Documents {
  const { schema, limits } = options;
  const known = new LRUCache<string, DocumentNode>({ max: options.kept ?? 2_000 });

  return {
    prepare(text) {
      const hash = createHash('sha256').update(text).digest('hex');
      if (known.has(hash)) return [];
      let document: DocumentNode;
      try {
        document = parse(text, { maxTokens: limits.tokens });
      } catch (error) {
        return [coded(error, 'GRAPHQL_PARSE_FAILED')];
      }
      const over = checkDocument(document, limits);
      if (over !== undefined) return [over];
      const errors = validate(schema, document, specifiedRules, { maxErrors: MOST_ERRORS }).slice(0, MOST_ERRORS);
      if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
      known.set(hash, document);
      return [];
    },
    store: {
      // Apollo Server puts a hash of the schema and a colon before the hash of the text.
      get: async (key) => known.get(key.slice(key.lastIndexOf(':') + 1)),
      set: async () => {},
      delete: async () => false,
    },
  };
}

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
