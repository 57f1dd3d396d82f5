import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../principal.ts';
import { secondCheck } from './second-check.ts';

/** One fetch of the gateway: an operation that its planner wrote. */
export interface SubgraphFetch {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** The same as JSON text, `{query, operationName, variables}`, where the sender has it at hand. */
  readonly body?: string | undefined;
  /** Whether it changes something, where the sender knows. */
  readonly isMutation?: boolean | undefined;
  /** `Type.field` of what is asked for on behalf of the graph itself, although the caller may not see it. Default: nothing. */
  readonly inputs?: readonly string[] | undefined;
}

/** The gateway's planner writes few different texts; this many are kept parsed. */
const KEPT_OPERATIONS = 1_000;

const NO_INPUTS: readonly string[] = [];

/** Runs operations against one schema, for callers who are judged once more; each text is parsed and validated once. Never rejects: what is wrong is in `errors`. */
export function createOperations(schema: GraphQLSchema) {
  const known = new LRUCache<string, DocumentNode>({ max: KEPT_OPERATIONS });
  const verdictOn = secondCheck(schema);

  const documentOf = (query: string): DocumentNode | readonly GraphQLError[] => {
    const kept = known.get(query);
    if (kept !== undefined) return kept;
    try {
      const document = parse(query, { noLocation: true });
      const errors = validate(schema, document);
      if (errors.length > 0) return errors;
      known.set(query, document);
      return document;
    } catch (error) {
      return [error instanceof GraphQLError ? error : new GraphQLError(String(error))];
    }
  };

  return {
    async run(fetch: SubgraphFetch, context: unknown, caller: Principal): Promise<ExecutionResult> {
      const document = documentOf(fetch.query);
      if (!('definitions' in document)) return { errors: document };
      return execute({
        schema,
        document,
        rootValue: verdictOn(caller, fetch.inputs ?? NO_INPUTS),
        contextValue: context,
        variableValues: fetch.variables ?? null,
        operationName: fetch.operationName ?? null,
      });
    },

    /** Whether the operation changes something. False for what does not parse. */
    isMutation(fetch: SubgraphFetch): boolean {
      const document = documentOf(fetch.query);
      return 'definitions' in document && getOperationAST(document, fetch.operationName)?.operation === 'mutation';
    },
  };
}
