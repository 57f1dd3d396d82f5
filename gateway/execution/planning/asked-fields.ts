import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** The one operation of a planned document, with its fragments. */
export interface PlannedOperation {
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export function plannedOperation(document: DocumentNode): PlannedOperation {
  const definition = document.definitions.find(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  if (definition === undefined) throw new Error('A plan is made for an operation');
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  return { definition, fragments };
}

/** What it takes to tell which fields are asked of an object. */
export interface Asked {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Object types of any type of the supergraph. */
  possible(type: string): ReadonlySet<string>;
}

export function fragmentOf(
  selection: InlineFragmentNode | FragmentSpreadNode,
  { fragments }: Pick<Asked, 'fragments'>,
): { condition: string | undefined; below: SelectionSetNode | undefined } {
  const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
  return { condition: fragment?.typeCondition?.name.value, below: fragment?.selectionSet };
}

/** What the operation asks of an object of that type, by name in the tree; each field once, however often its fragment is spread. */
export function fieldsFor(
  type: string,
  sets: readonly SelectionSetNode[],
  asked: Asked,
  found = new Map<string, FieldNode[]>(),
  seen = new Set<SelectionSetNode>(),
): Map<string, FieldNode[]> {
  for (const set of sets) {
    if (seen.has(set)) continue;
    seen.add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const known = found.get(name);
        if (known) known.push(selection);
        else found.set(name, [selection]);
        continue;
      }
      const { condition, below } = fragmentOf(selection, asked);
      if (below && (condition === undefined || asked.possible(condition).has(type))) {
        fieldsFor(type, [below], asked, found, seen);
      }
    }
  }
  return found;
}
