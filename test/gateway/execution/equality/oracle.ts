import { type ExecutionResult, execute, type GraphQLSchema, parse } from 'graphql';
import type { Session } from './subgraph.ts';
import { type Thing, universe } from './universe.ts';
import type { World } from './world.ts';

/** Answers for the whole world at once, by plain graphql-js: no plan, no fetches, the same data. */
export function oracle(world: World, apiSchema: GraphQLSchema) {
  const { value, needed } = universe(world);
  return async (
    query: string,
    variables: Record<string, unknown>,
    operationName: string | undefined,
    session: Session,
  ): Promise<ExecutionResult> =>
    execute({
      schema: apiSchema,
      document: parse(query),
      variableValues: variables,
      operationName: operationName ?? null,
      typeResolver: (thing: Thing) => thing.type,
      fieldResolver: (source: Thing | undefined, args, _context, { fieldName, parentType }) => {
        const thing = source ?? { type: parentType.name, at: parentType.name };
        const field = world.objects.get(thing.type)?.fields.get(fieldName);
        if (field === undefined) throw new Error(`The world has no ${thing.type}.${fieldName}`);
        const at = parentType.name === 'Mutation' ? session.takeEffect(fieldName, args) : thing.at;
        return value({ ...thing, at }, field, args, needed(thing, field));
      },
    });
}
