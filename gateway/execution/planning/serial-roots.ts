import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * The document with the root fields of mutations out of their fragments, in the order in which GraphQL runs them. The planner
 * gathers fragments of one condition into the first of them, and so would change things in another order than the client wrote.
 */
export function withSerialRoots(document: DocumentNode): DocumentNode {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  const flat = (set: SelectionSetNode, spread: Set<string>): SelectionNode[] =>
    set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD || selection.directives?.length) return [selection];
      if (selection.kind === Kind.INLINE_FRAGMENT) return flat(selection.selectionSet, spread);
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (fragment === undefined) return [selection];
      if (spread.has(name)) return [];
      spread.add(name);
      return flat(fragment, spread);
    });
  const serial = (operation: OperationDefinitionNode): OperationDefinitionNode => ({
    ...operation,
    selectionSet: { ...operation.selectionSet, selections: flat(operation.selectionSet, new Set()) },
  });
  const isTangled = (definition: DocumentNode['definitions'][number]): definition is OperationDefinitionNode =>
    definition.kind === Kind.OPERATION_DEFINITION &&
    definition.operation === OperationTypeNode.MUTATION &&
    definition.selectionSet.selections.some(({ kind }) => kind !== Kind.FIELD);
  if (!document.definitions.some(isTangled)) return document;
  return {
    ...document,
    definitions: document.definitions.map((definition) => (isTangled(definition) ? serial(definition) : definition)),
  };
}
