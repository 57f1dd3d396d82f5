import type { GraphQLDataSource } from '@apollo/gateway';
import { type GraphQLFormattedError, Kind, parse, type SelectionSetNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { HubError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { graphqlError, isDefect } from '../../platform/subgraph/errors.ts';
import type { HubContext } from '../context.ts';
import type { SubgraphAnswer, Transport } from './transports/transport.ts';

/**
 * A transport as Apollo's plan runner sees it. It always answers: no answer in time, or none at all, becomes one error for
 * each field that the fetch was to bring, because the runner gives no path to what is thrown.
 */
export function dataSource(transport: Transport, about: { system: string; log: Logger }): GraphQLDataSource {
  const { system, log } = about;
  return {
    async process({ request, context: given }) {
      const context = given as HubContext; // the gateway's own server makes every context (server.ts)
      const query = request.query ?? '';
      const variables = request.variables as Record<string, unknown> | undefined; // plan variables by name
      let answer: SubgraphAnswer;
      try {
        answer = await untilAborted(
          transport.fetch({ query, operationName: request.operationName, variables }, context),
          context.call.signal,
          system,
        );
      } catch (error) {
        const told = graphqlError(error);
        if (isDefect(told)) log.error({ err: error, system, correlationId: context.correlationId }, 'A fetch failed');
        if (error instanceof HubError) context.call.note?.({ system, state: stateOf(error) });
        const { message, extensions } = told.toJSON();
        return { data: null, errors: pathsOf(query, variables).map((path) => asError({ message, path, extensions })) };
      }
      for (const note of answer.sources ?? []) context.call.note?.(note);
      return { data: answer.data ?? null, ...(answer.errors ? { errors: answer.errors.map(asError) } : {}) };
    },
  };
}

const stateOf = (error: HubError) => (error.code === 'THROTTLED' ? 'THROTTLED' : 'UNAVAILABLE');

/** Apollo's runner reads message, path and extensions only. */
function asError({ message, path, extensions }: GraphQLFormattedError) {
  return { message, ...(path ? { path } : {}), extensions: extensions ?? {} } as never; // it types these as GraphQLError
}

/** The answer, or TIMEOUT as soon as the request is over: a subgraph that does not heed its signal holds nobody up. */
async function untilAborted<T>(answer: Promise<T>, signal: AbortSignal, system: string): Promise<T> {
  const late = () => new HubError('TIMEOUT', `${system} did not answer before the request's deadline`, { system });
  if (signal.aborted) {
    answer.catch(() => {}); // nobody reads it any more
    throw late();
  }
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(late());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

type Path = readonly (string | number)[];
const pathsByQuery = new LRUCache<string, { entities: boolean; names: readonly string[] }>({ max: 1_000 });

/** The paths, as seen from the subgraph, of all that a fetch was to bring: for each entity its fields, else the root fields. */
function pathsOf(query: string, variables: Record<string, unknown> | undefined): Path[] {
  let shape = pathsByQuery.get(query);
  if (shape === undefined) {
    shape = shapeOf(query);
    pathsByQuery.set(query, shape);
  }
  const { entities, names } = shape;
  if (!entities) return names.map((name) => [name]);
  const asked = Array.isArray(variables?.representations) ? variables.representations.length : 0;
  return Array.from({ length: asked }, (_, index) => names.map((name) => ['_entities', index, name])).flat();
}

function shapeOf(query: string): { entities: boolean; names: readonly string[] } {
  const document = parse(query, { noLocation: true });
  const fragments = new Map(
    document.definitions.flatMap((d) => (d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d]] : [])),
  );
  const namesIn = (set: SelectionSetNode): string[] =>
    set.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        return selection.name.value === '__typename' ? [] : [name];
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) return namesIn(selection.selectionSet);
      const fragment = fragments.get(selection.name.value);
      return fragment ? namesIn(fragment.selectionSet) : [];
    });
  const root = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (root === undefined) return { entities: false, names: [] };
  const [first] = root.selectionSet.selections;
  if (first?.kind === Kind.FIELD && first.name.value === '_entities' && first.selectionSet) {
    return { entities: true, names: [...new Set(namesIn(first.selectionSet))] };
  }
  return { entities: false, names: namesIn(root.selectionSet) };
}
