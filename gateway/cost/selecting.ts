import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import { withoutConditions } from '../execution/operation/conditions.ts';

/** Reads selections of one document under known conditions. */
export interface Selecting {
  /** The set without what the conditions take out; the same object for the same set. */
  staying(set: SelectionSetNode): SelectionSetNode;
  /** The fields asked of an object of the type, those of one response name together. */
  fields(sets: readonly SelectionSetNode[], type: GraphQLObjectType): readonly (readonly FieldNode[])[];
}

export function createSelecting(
  document: DocumentNode,
  conditions: ReadonlyMap<string, boolean>,
  schema: GraphQLSchema,
): Selecting {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const kept = new Map<SelectionSetNode, SelectionSetNode>();

  const staying = (set: SelectionSetNode): SelectionSetNode => {
    const found = kept.get(set) ?? withoutConditions(set, conditions);
    kept.set(set, found);
    return found;
  };

  const applies = (
    condition: FragmentDefinitionNode['typeCondition'] | undefined,
    type: GraphQLObjectType,
  ): boolean => {
    if (condition === undefined) return true;
    const named = typeFromAST(schema, condition);
    return named === type || (isAbstractType(named) && schema.isSubType(named, type));
  };

  return {
    staying,
    fields(sets, type) {
      const groups = new Map<string, FieldNode[]>();
      const spread = new Set<string>();
      const collect = (set: SelectionSetNode): void => {
        for (const selection of set.selections) {
          if (selection.kind === Kind.FIELD) {
            const name = (selection.alias ?? selection.name).value;
            const group = groups.get(name);
            if (group === undefined) groups.set(name, [selection]);
            else group.push(selection);
          } else if (selection.kind === Kind.INLINE_FRAGMENT) {
            if (applies(selection.typeCondition, type)) collect(selection.selectionSet);
          } else if (!spread.has(selection.name.value)) {
            spread.add(selection.name.value);
            const fragment = fragments.get(selection.name.value);
            if (fragment !== undefined && applies(fragment.typeCondition, type))
              collect(staying(fragment.selectionSet));
          }
        }
      };
      for (const set of sets) collect(set);
      return [...groups.values()];
    },
  };
}
