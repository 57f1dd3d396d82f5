import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Denied } from './scopes.ts';

/** An operation without what the caller may not see, and the knowledge to put the answer back into the shape asked for. */
export interface Cut {
  /** As the client sent it. */
  readonly original: DocumentNode;
  /** To be planned and run instead. */
  readonly document: DocumentNode;
  /** Changes with the text and with what was cut. */
  readonly hash: string;
  /** The field nodes of `original` that were cut. */
  readonly nodes: ReadonlySet<FieldNode>;
  /** Name under which `document` asks for the type of every object that may be one of several. */
  readonly typeAlias: string;
}

/**
 * Cuts the denied fields out of an operation, wherever they stand: under an alias, in fragments, behind interfaces and
 * unions. Siblings stay. undefined: nothing is denied, the operation may run as it is.
 */
export function cutDenied(
  original: DocumentNode,
  operation: OperationDefinitionNode,
  hash: string,
  denied: Denied,
  schema: GraphQLSchema,
): Cut | undefined {
  const nodes = new Set<FieldNode>();
  const typeAlias = unusedAlias(original);
  const typeField: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: typeAlias },
    name: { kind: Kind.NAME, value: '__typename' },
  };

  const cutSet = (set: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode => {
    const selections: SelectionNode[] = [];
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        selections.push(selection); // the fragment itself is cut once, below
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : parent;
        const inner = isCompositeType(type) ? cutSet(selection.selectionSet, type) : selection.selectionSet;
        selections.push({ ...selection, selectionSet: inner });
      } else if (denied.fields.has(`${parent.name}.${selection.name.value}`)) {
        nodes.add(selection);
      } else {
        selections.push(
          selection.selectionSet ? { ...selection, selectionSet: cutField(selection, parent) } : selection,
        );
      }
    }
    // The shape needs at least one field, and the projection the type where several are possible.
    if (selections.length === 0 || isAbstractType(parent)) selections.push(typeField);
    return { ...set, selections };
  };
  const cutField = (field: FieldNode, parent: GraphQLCompositeType): SelectionSetNode => {
    const set = field.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] };
    const definition =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
    const type = definition ? getNamedType(definition.type) : undefined;
    return isCompositeType(type) ? cutSet(set, type) : set; // `__schema` and its like are left alone
  };

  const document: DocumentNode = {
    ...original,
    definitions: original.definitions.map((definition) => {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        const type = schema.getType(definition.typeCondition.name.value);
        return isCompositeType(type)
          ? { ...definition, selectionSet: cutSet(definition.selectionSet, type) }
          : definition;
      }
      if (definition !== operation) return definition;
      const root = schema.getRootType(operation.operation);
      return root ? { ...operation, selectionSet: cutSet(operation.selectionSet, root) } : operation;
    }),
  };
  if (nodes.size === 0) return undefined;
  return {
    original,
    document,
    hash: createHash('sha256')
      .update(`${hash} ${operation.name?.value ?? ''} ${denied.key}`)
      .digest('hex'),
    nodes,
    typeAlias,
  };
}

/** An alias that the document does not use for anything of its own. */
function unusedAlias(document: DocumentNode): string {
  const used = document.loc?.source.body ?? '';
  let alias = 'concordType';
  while (used.includes(alias)) alias += '_';
  return alias;
}
