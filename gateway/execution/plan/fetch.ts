import type { FetchNode } from '@apollo/query-planner';
import { parse } from 'graphql';
import type { Ask } from './ask.ts';
import { fetchEntities } from './fetch-entities.ts';
import { rootNames } from './names.ts';
import type { Representation } from './representation.ts';
import { rewrite, rewrittenPath } from './rewrites.ts';
import type { Step } from './run.ts';
import { compileSend } from './send.ts';
import { isTree, merge, targetsAt } from './tree.ts';
import type { IsOfType } from './types.ts';

export interface FetchOptions {
  /** The way to a subgraph, by its name in the supergraph. */
  readonly ask: (subgraph: string) => Ask;
  readonly isOfType: IsOfType;
}

/** A fetch at its place in a plan. */
export interface PlacedFetch {
  readonly node: FetchNode;
  /** From the root of the answer, `@` for each entry of a list. */
  readonly path: readonly string[];
  /** Equal for fetches of the plan that ask the same of other objects; undefined where no other does. */
  readonly question: string | undefined;
  /** Those of the plan so far, by what they require: fetches that require the same find what they ask for together. */
  readonly representations: Map<string, Representation>;
}

export const compileFetch = (placed: PlacedFetch, options: FetchOptions): Step =>
  placed.node.requires === undefined
    ? fetchRoot(placed, options)
    : fetchEntities({ ...placed, required: placed.node.requires }, options);

/** Fetches root fields into the tree. */
function fetchRoot({ node, path }: PlacedFetch, { ask, isOfType }: FetchOptions): Step {
  const names = rootNames(parse(node.operation, { noLocation: true }));
  const send = compileSend(node, ask);
  const { outputRewrites = [] } = node;
  return async (run) => {
    const targets = path.length === 0 ? [run.tree] : targetsAt(run.tree, path, run.shares);
    if (targets.length === 0) return;
    const { data, errors, plain } = await send(undefined, run);
    run.reached = undefined;
    if (plain !== true) run.plain = false;
    if (outputRewrites.length > 0) rewrite(outputRewrites, data, isOfType);
    for (const [index, target] of targets.entries()) {
      // The answer's objects must not stand in two places of the tree.
      if (isTree(data)) merge([target], index === 0 ? data : structuredClone(data), isOfType);
    }
    for (const error of errors ?? []) {
      const errorPath = error.path === undefined ? undefined : rewrittenPath(outputRewrites, error.path);
      const failure = run.failures.add(error, () => (errorPath === undefined ? undefined : [...path, ...errorPath]));
      for (const target of targets) {
        if (errorPath === undefined || errorPath.length === 0) run.failures.mark(target, names, failure);
        else run.failures.markAlong(target, errorPath, failure);
      }
    }
  };
}
