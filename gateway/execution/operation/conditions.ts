import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

const names = new WeakMap<DocumentNode, readonly string[]>();
const NONE: ReadonlyMap<string, boolean> = new Map();

/** The variables on which `@skip` and `@include` depend anywhere in the document: what is planned depends on them too. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const kept = names.get(document);
  if (kept !== undefined) return kept;
  const found = new Set<string>();
  visit(document, {
    Directive(node) {
      const condition = isCondition(node) ? ifOf(node) : undefined;
      if (condition?.kind === Kind.VARIABLE) found.add(condition.name.value);
    },
  });
  const sorted = [...found].sort();
  names.set(document, sorted);
  return sorted;
}

/** Their values in one request. `variables` are coerced, defaults included. */
export function conditionValues(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, boolean> {
  const names = conditionVariables(document);
  return names.length === 0 ? NONE : new Map(names.map((name) => [name, variables[name] === true]));
}

/** The selections that stay, without the conditions under which they stay. Selection sets may end up empty. */
export function withoutConditions(set: SelectionSetNode, values: ReadonlyMap<string, boolean>): SelectionSetNode {
  const selections: SelectionNode[] = [];
  for (const selection of set.selections) {
    if (!stays(selection, values)) continue;
    const directives = selection.directives?.filter((directive) => !isCondition(directive));
    if (selection.kind === Kind.FRAGMENT_SPREAD || selection.selectionSet === undefined) {
      selections.push({ ...selection, ...(directives ? { directives } : {}) });
    } else {
      selections.push({
        ...selection,
        ...(directives ? { directives } : {}),
        selectionSet: withoutConditions(selection.selectionSet, values),
      } as SelectionNode); // a field or an inline fragment, with what it had
    }
  }
  return { ...set, selections };
}

const stays = (selection: SelectionNode, values: ReadonlyMap<string, boolean>): boolean =>
  (selection.directives ?? []).every((directive) => {
    if (!isCondition(directive)) return true;
    const value = ifOf(directive);
    const holds =
      value?.kind === Kind.VARIABLE
        ? values.get(value.name.value) === true
        : value?.kind === Kind.BOOLEAN && value.value;
    return directive.name.value === 'include' ? holds : !holds;
  });

const isCondition = ({ name }: DirectiveNode) => name.value === 'skip' || name.value === 'include';
const ifOf = ({ arguments: given }: DirectiveNode) => given?.find(({ name }) => name.value === 'if')?.value;

/** The operation of the document that a request names. */
export function operationIn(document: DocumentNode, name: string | undefined): OperationDefinitionNode | undefined {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (name === undefined || definition.name?.value === name) return definition;
  }
  return undefined;
}
