import type { Operation, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, print } from 'graphql';
import { builtFrom } from './built-supergraph.ts';
import { withFixedArguments } from './fixed-arguments.ts';
import { withFetches } from './plan-fetches.ts';
import { PlanRefused } from './refused.ts';
import { withRequiresApart } from './requires-apart.ts';

/** Plans an operation on some copy of the supergraph; the plan's fetches name the true subgraphs. */
export type PlanningWay = (operation: Operation) => QueryPlan;

/**
 * The usual way, and after it those that are right on some graphs where it is not. The others are built when first needed.
 * @param composed as it came
 * @param copy of which `supergraph` is built
 */
export function planningWays(
  composed: DocumentNode,
  copy: DocumentNode,
  supergraph: Supergraph,
): readonly PlanningWay[] {
  const text = print(copy);
  return [
    planned(() => supergraph),
    // An interface object that no key leads to is no entity to the planner, once the keys that are not resolved are gone.
    ...(text === print(withFixedArguments(composed).supergraph) ? [] : [withAllKeys()]),
    ...(text.includes('requires: "') ? [requiringApart()] : []),
  ];

  function withAllKeys(): PlanningWay {
    return planned(() => builtFrom(withFixedArguments(composed).supergraph, { validateSupergraph: false }));
  }

  function requiringApart(): PlanningWay {
    const { supergraph: apart, trueNames } = withRequiresApart(copy);
    const way = planned(() => builtFrom(apart, { validateSupergraph: false }));
    return (operation) =>
      withFetches(way(operation), (fetch) => [
        { ...fetch, serviceName: trueNames.get(fetch.serviceName) ?? fetch.serviceName },
      ]);
  }
}

function planned(supergraph: () => Supergraph): PlanningWay {
  let planner: QueryPlanner | undefined;
  return (operation) => {
    planner ??= new QueryPlanner(supergraph(), { reuseQueryFragments: false });
    return planner.buildQueryPlan(operation);
  };
}

/** @throws PlanRefused as the usual way has it, where no way is right */
export function firstProven(ways: readonly PlanningWay[], provenPlan: (way: PlanningWay) => QueryPlan): QueryPlan {
  let refused: PlanRefused | undefined;
  for (const way of ways) {
    try {
      return provenPlan(way);
    } catch (error) {
      if (!(error instanceof PlanRefused)) throw error;
      refused ??= error;
    }
  }
  throw refused ?? new Error('There is a way to plan');
}
