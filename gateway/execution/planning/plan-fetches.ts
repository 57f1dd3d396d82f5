import type { FetchNode, PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';

/** The plan with each fetch replaced by what `correct` makes of it; several take the place of one, side by side. */
export function withFetches(plan: QueryPlan, correct: (fetch: FetchNode) => readonly FetchNode[]): QueryPlan {
  const { node } = plan;
  if (node === undefined) return plan;
  if (node.kind !== 'Subscription') return { ...plan, node: corrected(node, correct) };
  const [primary, ...more] = correct(node.primary);
  if (primary === undefined || more.length > 0) throw new Error('The fetch that a subscription starts with is one');
  const subscription: SubscriptionNode = { ...node, primary };
  if (node.rest) subscription.rest = corrected(node.rest, correct);
  return { ...plan, node: subscription };
}

function corrected(node: PlanNode, correct: (fetch: FetchNode) => readonly FetchNode[]): PlanNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => corrected(child, correct)) };
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause ? { ifClause: corrected(node.ifClause, correct) } : {}),
        ...(node.elseClause ? { elseClause: corrected(node.elseClause, correct) } : {}),
      };
    case 'Flatten': {
      const below = corrected(node.node, correct);
      if (below.kind !== 'Parallel') return { ...node, node: below };
      return { ...below, nodes: below.nodes.map((child) => ({ ...node, node: child })) };
    }
    case 'Fetch': {
      const [only, ...more] = correct(node);
      if (only === undefined) throw new Error('A fetch is corrected, never dropped');
      return more.length === 0 ? only : { kind: 'Parallel', nodes: [only, ...more] };
    }
    case 'Defer':
      throw new Error('Plans are made without @defer');
  }
}
