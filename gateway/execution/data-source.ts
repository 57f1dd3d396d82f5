import type { GraphQLDataSource } from '@apollo/gateway';
import { type GraphQLFormattedError, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { HubContext } from '../context.ts';
import type { Ask } from './plan/ask.ts';
import { entityNames, rootNames } from './plan/names.ts';

/**
 * A subgraph as Apollo's plan runner sees it. What was not answered at all becomes one error for each field that the fetch
 * was to bring, because that runner gives no path to an error without one.
 */
export function dataSource(ask: Ask): GraphQLDataSource {
  return {
    async process({ request, context }) {
      const query = request.query ?? '';
      const variables = request.variables as Record<string, unknown> | undefined; // plan variables by name
      const { data, errors = [] } = await ask(
        { query, operationName: request.operationName, variables },
        context as HubContext, // the gateway's own door makes every context
      );
      const told = errors.flatMap((error) =>
        data == null && error.path === undefined
          ? pathsOf(query, variables).map((path) => asError({ ...error, path }))
          : [asError(error)],
      );
      return { data: data ?? null, ...(told.length > 0 ? { errors: told } : {}) };
    },
  };
}

/** Apollo's runner reads message, path and extensions only. */
function asError({ message, path, extensions }: GraphQLFormattedError) {
  return { message, ...(path ? { path } : {}), extensions: extensions ?? {} } as never; // it types these as GraphQLError
}

type Path = readonly (string | number)[];
const namesByQuery = new LRUCache<string, { entities: boolean; names: ReadonlySet<string> }>({ max: 1_000 });

/** The paths, as seen from the subgraph, of all that a fetch was to bring: for each entity its fields, else the root fields. */
function pathsOf(query: string, variables: Record<string, unknown> | undefined): Path[] {
  let shape = namesByQuery.get(query);
  if (shape === undefined) {
    const operation = parse(query, { noLocation: true });
    const roots = rootNames(operation);
    const entities = roots.has('_entities');
    shape = { entities, names: entities ? entityNames(operation) : roots };
    namesByQuery.set(query, shape);
  }
  const names = [...shape.names];
  if (!shape.entities) return names.map((name) => [name]);
  const asked = Array.isArray(variables?.representations) ? variables.representations.length : 0;
  return Array.from({ length: asked }, (_, index) => names.map((name) => ['_entities', index, name])).flat();
}
