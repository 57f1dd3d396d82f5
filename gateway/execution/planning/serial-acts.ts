import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, Kind, OperationTypeNode, type SelectionNode } from 'graphql';
import { plannedOperation } from './asked-fields.ts';

/**
 * GraphQL ends one root field of a mutation, with all below it, before it begins the next. The planner puts neighbours of one
 * subgraph into one fetch, and what follows from elsewhere is read only after them. Where anything follows, each root field is
 * planned alone, and the plans are run one after the other.
 * @param document the operation alone, with its fragments
 */
export function inSerialActs(
  document: DocumentNode,
  whole: QueryPlan,
  planOf: (act: DocumentNode) => QueryPlan,
): QueryPlan {
  const { definition } = plannedOperation(document);
  if (definition.operation !== OperationTypeNode.MUTATION || whole.node === undefined || !follows(whole.node))
    return whole;
  const acts = actsOf(definition.selectionSet.selections);
  if (acts.length < 2) return whole;
  const nodes = acts.flatMap((selections): readonly PlanNode[] => {
    const act = { ...definition, selectionSet: { ...definition.selectionSet, selections } };
    const { node } = planOf({
      ...document,
      definitions: document.definitions.map((one) => (one === definition ? act : one)),
    });
    if (node === undefined || node.kind === 'Subscription') return [];
    return node.kind === 'Sequence' ? node.nodes : [node];
  });
  return { ...whole, node: { kind: 'Sequence', nodes } };
}

/** Whether anything is fetched for what an act brought. */
function follows(node: NonNullable<QueryPlan['node']>): boolean {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return node.nodes.some(follows);
    case 'Condition':
      return [node.ifClause, node.elseClause].some((clause) => clause !== undefined && follows(clause));
    default:
      return node.kind === 'Flatten';
  }
}

/** Root fields by name in the answer, in the order in which each is first named; a fragment with a directive is an act of its own. */
function actsOf(selections: readonly SelectionNode[]): readonly (readonly SelectionNode[])[] {
  const acts = new Map<string | SelectionNode, SelectionNode[]>();
  for (const selection of selections) {
    const key = selection.kind === Kind.FIELD ? (selection.alias ?? selection.name).value : selection;
    const known = acts.get(key);
    if (known) known.push(selection);
    else acts.set(key, [selection]);
  }
  return [...acts.values()];
}
