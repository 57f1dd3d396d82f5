import type { FetchNode } from '@apollo/query-planner';
import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';

/** The one operation of a fetch; the planner is told to make no named fragments. */
export function operationOf({ operation }: FetchNode): OperationDefinitionNode {
  const [definition] = parse(operation, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('A fetch holds one operation');
  return definition;
}

/** What a fetch asks of each entity; undefined for a fetch from the root. */
export function entitySelections(operation: OperationDefinitionNode): SelectionSetNode | undefined {
  const [root] = operation.selectionSet.selections;
  return root?.kind === Kind.FIELD && root.name.value === '_entities' ? root.selectionSet : undefined;
}

export const documentOf = (operation: OperationDefinitionNode): DocumentNode => ({
  kind: Kind.DOCUMENT,
  definitions: [operation],
});

/** The fetch with another operation; its variables are those that the operation still uses. */
export function withOperation(fetch: FetchNode, operation: OperationDefinitionNode): FetchNode {
  const used = new Set<string>();
  visit(
    { ...operation, variableDefinitions: [] },
    {
      Variable: ({ name }) => {
        used.add(name.value);
      },
    },
  );
  const document = documentOf({
    ...operation,
    variableDefinitions: operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? [],
  });
  const { variableUsages } = fetch;
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(document)),
    ...(variableUsages ? { variableUsages: variableUsages.filter((name) => used.has(name)) } : {}),
    ...(fetch.operationDocumentNode ? { operationDocumentNode: document } : {}),
  };
}

/** The operation of an entity fetch with only those fields of the entities that `keep` says; fragments left empty go. */
export function withEntityFields(
  operation: OperationDefinitionNode,
  type: string,
  keep: (type: string, field: string) => boolean,
): OperationDefinitionNode {
  const kept = (set: SelectionSetNode, parent: string): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return keep(parent, selection.name.value) ? [selection] : [];
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      const below = kept(selection.selectionSet, selection.typeCondition?.name.value ?? parent);
      return below.selections.length > 0 ? [{ ...selection, selectionSet: below }] : [];
    }),
  });
  return {
    ...operation,
    selectionSet: {
      ...operation.selectionSet,
      selections: operation.selectionSet.selections.map((root) =>
        root.kind === Kind.FIELD && root.selectionSet ? { ...root, selectionSet: kept(root.selectionSet, type) } : root,
      ),
    },
  };
}

/** Every field that an entity fetch asks of the entities themselves, with the type that it asks it of. */
export function entityFields(set: SelectionSetNode, parent: string): { type: string; field: string }[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [{ type: parent, field: selection.name.value }];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    return entityFields(selection.selectionSet, selection.typeCondition?.name.value ?? parent);
  });
}
