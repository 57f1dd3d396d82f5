import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { withoutConditions } from './conditions.ts';

/** What of the graph is kept from a caller: `Type.field` of each field that may not be selected. */
export interface Kept {
  readonly fields: ReadonlySet<string>;
}

/** One operation, under known values of its conditions, for one kind of caller. */
export interface Shape {
  /** What the answer looks like; its selection sets may be empty, and may hold fields that are denied. */
  readonly shown: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Fields of `shown` that the caller may not see: null in the answer, and never fetched. */
  readonly denied: ReadonlySet<FieldNode>;
  /** What has to be fetched; undefined where nothing has. */
  readonly planned: DocumentNode | undefined;
  /** The field of `planned` that stands for a field of `shown`. */
  readonly plannedOf: ReadonlyMap<FieldNode, FieldNode>;
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/**
 * Separates what the answer shows from what is fetched for it: conditions are settled, denied fields and questions about
 * the schema itself are taken out of the document to be planned. Siblings of what is taken out stay.
 */
export function shapeOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  values: ReadonlyMap<string, boolean>,
  kept: Kept | undefined,
  schema: GraphQLSchema,
): Shape {
  const denied = new Set<FieldNode>();
  const plannedOf = new Map<FieldNode, FieldNode>();
  const fragments = new Map<string, FragmentDefinitionNode>();

  const plannedSet = (set: SelectionSetNode, parent: GraphQLCompositeType | undefined): SelectionSetNode => {
    const selections: SelectionNode[] = [];
    for (const selection of set.selections) {
      const planned = plannedSelection(selection, parent);
      if (planned !== undefined) selections.push(planned);
    }
    return { ...set, selections: selections.length === 0 ? [TYPENAME] : selections }; // a selection must not be empty
  };

  const plannedSelection = (selection: SelectionNode, parent: GraphQLCompositeType | undefined) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection; // the fragment itself is treated once, below
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition ? compositeOf(selection.typeCondition.name.value) : parent;
      return { ...selection, selectionSet: plannedSet(selection.selectionSet, type) };
    }
    const name = selection.name.value;
    if (name === '__schema' || name === '__type') return undefined;
    if (parent !== undefined && kept?.fields.has(`${parent.name}.${name}`)) {
      denied.add(selection);
      return undefined;
    }
    const planned: FieldNode =
      selection.selectionSet === undefined
        ? { ...selection }
        : { ...selection, selectionSet: plannedSet(selection.selectionSet, typeOf(parent, name)) };
    plannedOf.set(selection, planned);
    return planned;
  };

  const compositeOf = (name: string): GraphQLCompositeType | undefined => {
    const type = schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  };
  const typeOf = (parent: GraphQLCompositeType | undefined, field: string): GraphQLCompositeType | undefined => {
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field] : undefined;
    const type = definition === undefined ? undefined : getNamedType(definition.type);
    return isCompositeType(type) ? type : undefined;
  };

  const plannedFragments: FragmentDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const shown = { ...definition, selectionSet: withoutConditions(definition.selectionSet, values) };
    fragments.set(shown.name.value, shown);
    plannedFragments.push({
      ...shown,
      selectionSet: plannedSet(shown.selectionSet, compositeOf(shown.typeCondition.name.value)),
    });
  }
  const root = schema.getRootType(operation.operation) ?? undefined;
  const shown = { ...operation, selectionSet: withoutConditions(operation.selectionSet, values) };
  const selectionSet = plannedSet(shown.selectionSet, root);
  const fetches = selectionSet.selections.some((selection) => selection !== TYPENAME);
  return {
    shown,
    fragments,
    denied,
    plannedOf,
    planned: fetches
      ? { kind: Kind.DOCUMENT, definitions: [{ ...shown, selectionSet }, ...usedBy(selectionSet, plannedFragments)] }
      : undefined,
  };
}

/** The fragments that are still spread somewhere: the planner refuses a document with others. */
function usedBy(set: SelectionSetNode, all: readonly FragmentDefinitionNode[]): FragmentDefinitionNode[] {
  const used = new Set<string>();
  const visit = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind !== Kind.FRAGMENT_SPREAD) visit(selection.selectionSet?.selections ?? []);
      else if (!used.has(selection.name.value)) {
        used.add(selection.name.value);
        visit(all.find(({ name }) => name.value === selection.name.value)?.selectionSet.selections ?? []);
      }
    }
  };
  visit(set.selections);
  return all.filter(({ name }) => used.has(name.value));
}
