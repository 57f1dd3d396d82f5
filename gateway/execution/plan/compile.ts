import type { FetchNode, PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import { compileFetch, type FetchOptions } from './fetch.ts';
import type { Representation } from './representation.ts';
import type { Step } from './run.ts';
import { unnumbered } from './send.ts';

/** The plan asks for something that the runner does not do; Apollo's own runner has to. */
export class NotCovered extends Error {
  constructor(what: string) {
    super(`Not covered by the plan runner: ${what}`);
    this.name = 'NotCovered';
  }
}

/** Turns a plan into functions, once for all requests that share it. @throws NotCovered */
export function compilePlan({ node }: QueryPlan, options: FetchOptions): Step {
  if (node === undefined) return () => undefined;
  const questions = repeatedQuestions(node);
  const representations = new Map<string, Representation>();
  return compile(node, []);

  function compile(node: PlanNode | SubscriptionNode, path: readonly string[]): Step {
    switch (node.kind) {
      case 'Fetch': {
        if (node.contextRewrites !== undefined && node.contextRewrites.length > 0) throw new NotCovered('@fromContext');
        const question = questionOf(node);
        const placed = { node, path, question: questions.has(question) ? question : undefined, representations };
        return compileFetch(placed, options);
      }
      case 'Flatten':
        return compile(node.node, [...path, ...node.path.map(String)]);
      case 'Sequence':
        return inSequence(node.nodes.map((child) => compile(child, path)));
      case 'Parallel':
        return inParallel(node.nodes.map((child) => compile(child, path)));
      default:
        throw new NotCovered(node.kind);
    }
  }
}

/** What a fetch asks of whatever objects. */
const questionOf = (node: FetchNode): string => `${node.serviceName}\n${unnumbered(node).query}`;

/** What several entity fetches of a plan ask. Nothing where something is written: a later read must see it. */
function repeatedQuestions(root: PlanNode | SubscriptionNode): ReadonlySet<string> {
  const once = new Set<string>();
  const repeated = new Set<string>();
  let writes = false;
  const visit = (node: PlanNode | SubscriptionNode): void => {
    if (node.kind === 'Flatten') visit(node.node);
    else if (node.kind === 'Sequence' || node.kind === 'Parallel') node.nodes.forEach(visit);
    else if (node.kind === 'Fetch') {
      if (node.operationKind === 'mutation') writes = true;
      const question = questionOf(node);
      if (node.requires !== undefined) (once.has(question) ? repeated : once).add(question);
    }
  };
  visit(root);
  return writes ? new Set() : repeated;
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
