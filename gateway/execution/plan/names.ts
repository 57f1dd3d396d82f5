import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql';

/** Response names of the root fields that a fetch brings; `__typename` cannot fail. */
export const rootNames = (operation: DocumentNode): ReadonlySet<string> =>
  new Set(sets(operation).flatMap((set) => namesIn(set, operation)));

/** Response names of the fields that an entity fetch brings, of whatever type the entity is. */
export const entityNames = (operation: DocumentNode): ReadonlySet<string> =>
  new Set(
    sets(operation)
      .flatMap(({ selections }) =>
        selections.flatMap((selection) =>
          selection.kind === Kind.FIELD && selection.selectionSet !== undefined ? [selection.selectionSet] : [],
        ),
      )
      .flatMap((set) => namesIn(set, operation)),
  );

const sets = (operation: DocumentNode): SelectionSetNode[] =>
  operation.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [definition.selectionSet] : [],
  );

function namesIn(set: SelectionSetNode, operation: DocumentNode): string[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) {
      return selection.name.value === '__typename' ? [] : [(selection.alias ?? selection.name).value];
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) return namesIn(selection.selectionSet, operation);
    return operation.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value
        ? namesIn(definition.selectionSet, operation)
        : [],
    );
  });
}
