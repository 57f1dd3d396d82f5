import type { GraphQLSchema } from 'graphql';
import { createIdCheck } from '../values.ts';
import type { Concern } from './as-one.ts';
import type { Limits } from './limits.ts';

/** Refuses an id in the variables that cannot be one, before any system is asked for it. */
export function ids(schema: GraphQLSchema, limits: Limits): Concern {
  const wrongIn = createIdCheck(schema, limits);
  return {
    didResolveOperation({ operation, request }) {
      const wrong = operation && wrongIn(operation, request.variables ?? {});
      if (wrong !== undefined) throw wrong;
    },
  };
}
