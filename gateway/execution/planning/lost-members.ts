import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import {
  type FieldNode,
  Kind,
  OverlappingFieldsCanBeMergedRule,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  validate,
  visit,
} from 'graphql';
import { fieldsFor, type PlannedOperation } from './asked-fields.ts';
import { documentOf, entitySelections, operationOf, withOperation } from './fetch-operation.ts';
import type { FetchedFrom } from './fetched-from.ts';
import type { SubgraphTypes } from './subgraph-types.ts';

/**
 * Where subgraphs share a field and their unions, or the implementations of an interface, differ, the planner asks only for the
 * members that all of them have. A member that one subgraph alone has would come back from there without its fields: they are
 * put back into the fetch, where that subgraph answers them itself. Where it does not, the proof refuses the plan.
 */
export function withLostMembers(plan: QueryPlan, operation: PlannedOperation, from: FetchedFrom): QueryPlan {
  const { node } = plan;
  if (node === undefined) return plan;
  const root = [operation.definition.selectionSet];
  if (node.kind !== 'Subscription') return { ...plan, node: restored(node, root, operation, from) };
  const primary = restoredFetch(node.primary, root, operation, from);
  return {
    ...plan,
    node: { ...node, primary, ...(node.rest ? { rest: restored(node.rest, root, operation, from) } : {}) },
  };
}

type Sets = readonly SelectionSetNode[];

function restored(node: PlanNode, sets: Sets, operation: PlannedOperation, from: FetchedFrom): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => restored(child, sets, operation, from)) };
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause ? { ifClause: restored(node.ifClause, sets, operation, from) } : {}),
        ...(node.elseClause ? { elseClause: restored(node.elseClause, sets, operation, from) } : {}),
      };
    case 'Flatten': {
      const below = node.path.reduce<Sets>(
        (at, step) =>
          typeof step === 'string' && step !== '@' ? setsUnder(at, step.split('|')[0] ?? '', operation) : at,
        sets,
      );
      return { ...node, node: restored(node.node, below, operation, from) };
    }
    case 'Fetch':
      return restoredFetch(node, sets, operation, from);
    case 'Defer':
      throw new Error('Plans are made without @defer');
  }
}

interface Fetching {
  readonly subgraph: SubgraphTypes;
  readonly operation: PlannedOperation;
  readonly from: FetchedFrom;
  readonly added: FieldNode[];
}

function restoredFetch(fetch: FetchNode, sets: Sets, operation: PlannedOperation, from: FetchedFrom): FetchNode {
  const subgraph = from.subgraphs.get(fetch.serviceName);
  if (subgraph === undefined || sets.length === 0) return fetch;
  const fetching: Fetching = { subgraph, operation, from, added: [] };
  const own = operationOf(fetch);
  const entities = entitySelections(own);
  const selectionSet = entities
    ? {
        ...own.selectionSet,
        selections: own.selectionSet.selections.map((one) =>
          one.kind === Kind.FIELD ? { ...one, selectionSet: widened(entities, '', sets, fetching) } : one,
        ),
      }
    : widened(own.selectionSet, subgraph.root(own.operation) ?? '', sets, fetching);
  if (fetching.added.length === 0) return fetch;
  const known = own.variableDefinitions ?? [];
  const more = variablesOf(fetching.added, operation).filter(
    ({ variable }) => !known.some((one) => one.variable.name.value === variable.name.value),
  );
  const wider = { ...own, selectionSet, variableDefinitions: [...known, ...more] };
  const usages = [...new Set([...(fetch.variableUsages ?? []), ...more.map(({ variable }) => variable.name.value)])];
  // Members whose fields have one name and two types fit into no request; the proof then tells what is missing.
  if (validate(subgraph.schema(), documentOf(wider), [OverlappingFieldsCanBeMergedRule]).length > 0) return fetch;
  return withOperation({ ...fetch, variableUsages: usages }, wider);
}

/** The selection with the lost members of every abstract place in it. */
function widened(set: SelectionSetNode, parent: string, sets: Sets, fetching: Fetching): SelectionSetNode {
  const selections = set.selections.map((selection): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition?.name.value ?? parent;
      return { ...selection, selectionSet: widened(selection.selectionSet, type, sets, fetching) };
    }
    const below = fetching.subgraph.below(parent, selection.name.value);
    if (below === undefined || selection.selectionSet === undefined) return selection;
    const asked = setsUnder(sets, (selection.alias ?? selection.name).value, fetching.operation);
    if (asked.length === 0) return selection;
    const deeper = widened(selection.selectionSet, below, asked, fetching);
    const lost = lostMembers(parent, selection.name.value, below, fetching);
    const fragments = lost.flatMap((type) => wholeFragment(type, asked, fetching) ?? []);
    return { ...selection, selectionSet: { ...deeper, selections: [...deeper.selections, ...fragments] } };
  });
  return { ...set, selections };
}

/** What this subgraph may return there and another that shares the field may not. */
function lostMembers(parent: string, field: string, below: string, { subgraph, from }: Fetching): string[] {
  if (subgraph.isInterfaceObject(below)) return [];
  const kept = new Set<string>();
  for (const object of subgraph.possible(parent)) for (const one of from.returned(object, field) ?? []) kept.add(one);
  return [...subgraph.possible(below)].filter((type) => !kept.has(type));
}

/** All that is asked of an object of that type, where the subgraph answers all of it itself; undefined where it does not. */
function wholeFragment(type: string, sets: Sets, fetching: Fetching): SelectionNode | undefined {
  const added: FieldNode[] = [];
  const whole = wholeSet(type, sets, { ...fetching, added });
  if (whole === undefined || whole.selections.length === 0) return undefined;
  fetching.added.push(...added);
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
    selectionSet: whole,
  };
}

function wholeSet(type: string, sets: Sets, fetching: Fetching): SelectionSetNode | undefined {
  const { subgraph, operation, from } = fetching;
  const selections: SelectionNode[] = [];
  for (const fields of fieldsFor(type, sets, { fragments: operation.fragments, possible: from.possible }).values()) {
    const [field] = fields;
    if (field === undefined) continue;
    const name = field.name.value;
    if (name === '__typename') {
      selections.push(field);
      continue;
    }
    if (!subgraph.answersAlone(type, name)) return undefined;
    const asked = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    const below = subgraph.below(type, name);
    const { selectionSet: _, directives: __, ...bare } = field; // whether it is wanted is settled when the answer is made
    fetching.added.push(bare);
    if (below === undefined) {
      selections.push(bare);
      continue;
    }
    const deeper = wholeBelow(below, asked, fetching);
    if (deeper === undefined) return undefined;
    selections.push({ ...bare, selectionSet: deeper });
  }
  return { kind: Kind.SELECTION_SET, selections };
}

function wholeBelow(type: string, sets: Sets, fetching: Fetching): SelectionSetNode | undefined {
  const { subgraph } = fetching;
  if (subgraph.isInterfaceObject(type)) return undefined;
  const members: SelectionNode[] = [TYPENAME];
  for (const one of subgraph.possible(type)) {
    const fragment = wholeSet(one, sets, fetching);
    if (fragment === undefined) return undefined;
    if (one === type) return fragment;
    if (fragment.selections.length === 0) continue;
    members.push({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: one } },
      selectionSet: fragment,
    });
  }
  return { kind: Kind.SELECTION_SET, selections: members };
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** Selections below a field by its name in the tree, whatever the types on the way: one name has one meaning. */
function setsUnder(sets: Sets, name: string, { fragments }: PlannedOperation): Sets {
  const seen = new Set<SelectionSetNode>();
  const found = (set: SelectionSetNode): SelectionSetNode[] => {
    if (seen.has(set)) return [];
    seen.add(set);
    return set.selections.flatMap((one) => {
      if (one.kind === Kind.FIELD) return (one.alias ?? one.name).value === name ? (one.selectionSet ?? []) : [];
      const below = one.kind === Kind.INLINE_FRAGMENT ? one.selectionSet : fragments.get(one.name.value)?.selectionSet;
      return below ? found(below) : [];
    });
  };
  return sets.flatMap(found);
}

function variablesOf(fields: readonly FieldNode[], { definition }: PlannedOperation): VariableDefinitionNode[] {
  const used = new Set<string>();
  for (const field of fields) {
    visit(field, {
      Variable: ({ name }) => {
        used.add(name.value);
      },
    });
  }
  return (definition.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
}
