import { type DocumentNode, executeSync, type GraphQLSchema, Kind, type SelectionNode } from 'graphql';
import type { Shape } from '../operation/shape.ts';

/**
 * Answers the root fields about the schema itself: JSON text by response name. `shown` gives the schema as the caller may
 * know it, and is asked only where an operation wants to know.
 */
export type Introspect = (
  variables: Readonly<Record<string, unknown>>,
  shown: () => GraphQLSchema,
) => ReadonlyMap<string, string>;

const NOTHING: ReadonlyMap<string, string> = new Map();

/** Compiles `__schema` and `__type` of an operation; the other root fields are for subgraphs. */
export function compileIntrospection({ shown, fragments }: Shape): Introspect {
  const onlyIntrospection = (selections: readonly SelectionNode[]): SelectionNode[] =>
    selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return /^__(schema|type)$/.test(selection.name.value) ? [selection] : [];
      const set =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet;
      return onlyIntrospection(set?.selections ?? []);
    });
  const selections = onlyIntrospection(shown.selectionSet.selections);
  if (selections.length === 0) return () => NOTHING;
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      { ...shown, directives: [], selectionSet: { ...shown.selectionSet, selections } },
      ...fragments.values(),
    ],
  };
  return (variables, schema) => {
    const { data } = executeSync({ schema: schema(), document, variableValues: variables });
    return new Map(Object.entries(data ?? {}).map(([name, value]) => [name, JSON.stringify(value)]));
  };
}
