import { GraphQLError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { LRUCache } from 'lru-cache';
import type { HubContext } from '../context.ts';
import type { Executor, RequestContext } from '../execution/executor.ts';
import { type Cut, cutDenied } from './authorize.ts';
import { isActDenied } from './mutations.ts';
import { restore } from './restore.ts';
import type { Denied } from './scopes.ts';

export interface EnforceOptions {
  readonly schema: GraphQLSchema;
  /** What the caller's scopes may not touch. */
  readonly deniedTo: (scopes: readonly string[]) => Denied;
  /** The canonical fields that each input field changes. */
  readonly writes: ReadonlyMap<string, readonly string[]>;
}

/** Runs operations for their caller: what is denied is cut before planning, so that it is never fetched. */
export function enforcing(executor: Executor, options: EnforceOptions): Executor['execute'] {
  const { schema, deniedTo, writes } = options;
  const cuts = new LRUCache<string, { cut: Cut | undefined }>({ max: 1_000 });

  return async (request) => {
    const { principal } = request.context as HubContext; // the gateway's own server makes every context (server.ts)
    const denied = deniedTo(principal.scopes);
    const operation = request.operation;
    if (operation === undefined || (denied.fields.size === 0 && denied.types.size === 0))
      return executor.execute(request);

    const variables = coerced(schema, operation, request);
    if (variables === undefined) return executor.execute(request); // bad values: it says which, and runs nothing
    if (isActDenied(request.document, operation, variables, denied, writes, schema)) {
      return { errors: [forbidden()] };
    }
    const key = `${request.queryHash} ${operation.name?.value ?? ''} ${denied.key}`;
    let kept = cuts.get(key);
    if (kept === undefined) {
      kept = { cut: cutDenied(request.document, operation, request.queryHash, denied, schema) };
      cuts.set(key, kept);
    }
    const { cut } = kept;
    if (cut === undefined) return executor.execute(request);

    const result = await executor.execute({ ...request, ...replaced(cut, operation), queryHash: cut.hash });
    const original = operationIn(cut.original, operation); // the nodes that were cut belong to the document kept here
    const { data, errors } = restore(cut, original, variables, result.data ?? null, schema);
    return { ...result, data, errors: [...(result.errors ?? []), ...errors] };
  };
}

const forbidden = () =>
  new GraphQLError('Your key does not allow this act; nothing was run', {
    extensions: { code: 'FORBIDDEN', retryable: false, http: { status: 403 } },
  });

/** Coerced variables with their defaults; undefined where one does not fit its type. */
function coerced(schema: GraphQLSchema, operation: OperationDefinitionNode, request: RequestContext) {
  return getVariableValues(schema, operation.variableDefinitions ?? [], request.request.variables ?? {}).coerced;
}

function replaced(cut: Cut, operation: OperationDefinitionNode): Pick<RequestContext, 'document' | 'operation'> {
  return { document: cut.document, operation: operationIn(cut.document, operation) };
}

/** The operation of the same name; a document that holds several names each. */
function operationIn(document: Cut['document'], like: OperationDefinitionNode): OperationDefinitionNode {
  for (const definition of document.definitions) {
    if (definition.kind === like.kind && definition.name?.value === like.name?.value) return definition;
  }
  return like;
}
