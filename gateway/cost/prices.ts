import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { conditionVariables } from '../execution/operation/conditions.ts';
import { subgraphsOf } from '../execution/supergraph.ts';
import type { Page } from './pages.ts';
import { type Given, pointsIn } from './points.ts';
import { type Price, priceOf } from './price.ts';
import { readResolvedIn } from './resolved-in.ts';
import { readCostRules } from './rules.ts';
import { createReader } from './values.ts';

/** The cost of one request, in points, before anything is asked. */
export interface Estimate {
  readonly total: number;
  /** By subgraph; those that are asked for nothing are left out. */
  readonly subgraphs: ReadonlyMap<string, number>;
  readonly pages: readonly Page[];
}

/** Estimates operations of one graph. Each is priced once; a request only puts its variables in. */
export interface Prices {
  of(document: DocumentNode, operation: OperationDefinitionNode, given: Given): Estimate;
}

/** Ways in which the conditions of one document may stand that are kept; beyond them it is priced anew. */
const KEPT_WAYS = 32;

export function createPrices(supergraph: DocumentNode, schema: GraphQLSchema, options: { listSize: number }): Prices {
  const subgraphs = subgraphsOf(supergraph);
  const tariff = {
    schema,
    rules: readCostRules(supergraph),
    resolvedIn: readResolvedIn(supergraph),
    length: 1 + subgraphs.length,
    listSize: options.listSize,
  };
  const kept = new WeakMap<OperationDefinitionNode, Map<string, Kept>>();

  const estimateOf = ({ cost, pages }: Price, given: Given): Estimate => {
    const points = pointsIn(cost, given);
    const spent = subgraphs.map((name, index) => [name, inPoints(points[index + 1])] as const);
    return { total: inPoints(points[0]), subgraphs: new Map(spent.filter(([, amount]) => amount > 0)), pages };
  };

  return {
    of(document, operation, given) {
      const ways = kept.get(operation) ?? new Map<string, Kept>();
      kept.set(operation, ways);
      const conditions = conditionsIn(document, operation, given);
      const key = [...conditions.values()].map(Number).join('');
      let found = ways.get(key);
      if (found === undefined) {
        const price = priceOf(document, operation, conditions, tariff);
        found = { price, always: typeof price.cost === 'function' ? undefined : estimateOf(price, {}) };
        if (ways.size < KEPT_WAYS) ways.set(key, found);
      }
      return found.always ?? estimateOf(found.price, given);
    },
  };
}

interface Kept {
  readonly price: Price;
  /** Of an operation that costs the same whatever its variables are. */
  readonly always: Estimate | undefined;
}

const NO_CONDITIONS: ReadonlyMap<string, boolean> = new Map();

/** Whole points, as large as a number may be that clients read. */
const inPoints = (value = 0): number => Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(value));

/** As the request gives them; a value that is no truth value is refused later. */
function conditionsIn(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Given,
): ReadonlyMap<string, boolean> {
  const names = conditionVariables(document);
  if (names.length === 0) return NO_CONDITIONS;
  const reader = createReader(operation);
  return new Map(names.map((name) => [name, reader.variable(name, given) === true]));
}
