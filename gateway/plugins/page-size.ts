import type { ApolloServerPlugin } from '@apollo/server';
import { getNamedType, Kind, TypeInfo, valueFromAST, visit, visitWithTypeInfo } from 'graphql';
import type { HubContext } from '../context.ts';
import { type Limits, refuse } from './limits.ts';

/** Arguments that say how long a page is, wherever they occur. */
const PAGE_ARGUMENTS: ReadonlySet<string> = new Set(['first', 'last']);

/** Refuses a page of no or of too many entries, before any system is asked for it. */
export function pageSize({ limits }: { limits: Limits }): ApolloServerPlugin<HubContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, schema, request }) {
          if (operation === undefined) return;
          const types = new TypeInfo(schema);
          const variables: Record<string, unknown> = Object.create(null);
          for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
            const name = variable.name.value;
            variables[name] =
              request.variables?.[name] ?? (defaultValue?.kind === Kind.INT ? Number(defaultValue.value) : undefined);
          }
          visit(
            document,
            visitWithTypeInfo(types, {
              Argument(node) {
                if (!PAGE_ARGUMENTS.has(node.name.value)) return;
                const argument = types.getArgument();
                if (argument == null || getNamedType(argument.type).name !== 'Int') return;
                const size = valueFromAST(node.value, argument.type, variables);
                if (typeof size === 'number' && (size < 1 || size > limits.pageSize)) {
                  throw refuse(
                    'BAD_USER_INPUT',
                    `${node.name.value} must be a whole number from 1 to ${limits.pageSize}`,
                  );
                }
              },
            }),
          );
        },
      };
    },
  };
}
