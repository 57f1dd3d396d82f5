import type { PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import { compileFetch, type FetchOptions } from './fetch.ts';
import type { Step } from './run.ts';

/** The plan asks for something that the runner does not do; Apollo's own runner has to. */
export class NotCovered extends Error {
  constructor(what: string) {
    super(`Not covered by the plan runner: ${what}`);
    this.name = 'NotCovered';
  }
}

/** Turns a plan into functions, once for all requests that share it. @throws NotCovered */
export function compilePlan(plan: QueryPlan, options: FetchOptions): Step {
  return plan.node === undefined ? () => undefined : compile(plan.node, [], options);
}

function compile(node: PlanNode | SubscriptionNode, path: readonly string[], options: FetchOptions): Step {
  switch (node.kind) {
    case 'Fetch':
      if (node.contextRewrites !== undefined && node.contextRewrites.length > 0) throw new NotCovered('@fromContext');
      return compileFetch(node, path, options);
    case 'Flatten':
      return compile(node.node, [...path, ...node.path.map(String)], options);
    case 'Sequence':
      return inSequence(node.nodes.map((child) => compile(child, path, options)));
    case 'Parallel':
      return inParallel(node.nodes.map((child) => compile(child, path, options)));
    default:
      throw new NotCovered(node.kind);
  }
}

const inSequence =
  (steps: readonly Step[]): Step =>
  async (run) => {
    for (const step of steps) await step(run);
  };

const inParallel =
  (steps: readonly Step[]): Step =>
  async (run) => {
    const running: Promise<void>[] = [];
    for (const step of steps) {
      const started = step(run);
      if (started !== undefined) running.push(started);
    }
    await Promise.all(running);
  };
