import type { ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  type ValueNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { HubContext } from '../context.ts';
import { type Limits, refuse } from './limits.ts';

/** Arguments that say how long a page is, wherever they occur. */
const PAGE_ARGUMENTS: ReadonlySet<string> = new Set(['first', 'last']);

interface PageArgument {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly value: ValueNode;
}

/** Refuses a page of no or of too many entries, or one from both ends, before any system is asked for it. */
export function pageSize({ limits }: { limits: Limits }): ApolloServerPlugin<HubContext> {
  const pagesOf = new WeakMap<DocumentNode, readonly (readonly PageArgument[])[]>();
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, schema, request }) {
          if (operation === undefined) return;
          let pages = pagesOf.get(document);
          if (pages === undefined) {
            pages = pagesIn(document, schema);
            pagesOf.set(document, pages);
          }
          if (pages.length === 0) return;
          const variables = variablesOf(operation, request.variables ?? {});
          for (const page of pages) checkPage(page, variables, limits);
        },
      };
    },
  };
}

/** For each field with a page, the arguments that say its length. */
function pagesIn(document: DocumentNode, schema: GraphQLSchema): readonly (readonly PageArgument[])[] {
  const types = new TypeInfo(schema);
  const pages: PageArgument[][] = [];
  let page: PageArgument[] = [];
  visit(
    document,
    visitWithTypeInfo(types, {
      Field() {
        page = []; // arguments come before the fields within
      },
      Argument(node) {
        const argument = types.getArgument();
        if (!PAGE_ARGUMENTS.has(node.name.value) || argument == null || getNamedType(argument.type).name !== 'Int')
          return;
        if (page.length === 0) pages.push(page);
        page.push({ name: node.name.value, type: argument.type, value: node.value });
      },
    }),
  );
  return pages;
}

function variablesOf(operation: OperationDefinitionNode, given: Readonly<Record<string, unknown>>) {
  const variables: Record<string, unknown> = Object.create(null);
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    variables[name] = given[name] ?? (defaultValue?.kind === Kind.INT ? Number(defaultValue.value) : undefined);
  }
  return variables;
}

function checkPage(page: readonly PageArgument[], variables: Record<string, unknown>, limits: Limits): void {
  const sizes = page.map(({ name, type, value }) => ({ name, size: valueFromAST(value, type, variables) }));
  for (const { name, size } of sizes) {
    if (typeof size === 'number' && (size < 1 || size > limits.pageSize)) {
      throw refuse('BAD_USER_INPUT', `${name} must be a whole number from 1 to ${limits.pageSize}`);
    }
  }
  if (sizes.filter(({ size }) => typeof size === 'number').length > 1) {
    throw refuse('BAD_USER_INPUT', 'A page is cut from one end: give first or last, not both');
  }
}
