import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { HubContext } from '../context.ts';
import { createIdCheck } from '../values.ts';
import type { Limits } from './limits.ts';

/** Refuses an id in the variables that cannot be one, before any system is asked for it. */
export function ids(schema: GraphQLSchema, limits: Limits): ApolloServerPlugin<HubContext> {
  const wrongIn = createIdCheck(schema, limits);
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, request }) {
          const wrong = operation && wrongIn(operation, request.variables ?? {});
          if (wrong !== undefined) throw wrong;
        },
      };
    },
  };
}
