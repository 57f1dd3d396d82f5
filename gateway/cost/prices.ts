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
  const kept = new WeakMap<OperationDefinitionNode, Map<string, Price>>();

  const priced = (document: DocumentNode, operation: OperationDefinitionNode, given: Given): Price => {
    const ways = kept.get(operation) ?? new Map<string, Price>();
    kept.set(operation, ways);
    const conditions = conditionsIn(document, operation, given);
    const key = [...conditions.values()].map(Number).join('');
    let price = ways.get(key);
    if (price === undefined) {
      price = priceOf(document, operation, conditions, tariff);
      if (ways.size < KEPT_WAYS) ways.set(key, price);
    }
    return price;
  };

  return {
    of(document, operation, given) {
      const { cost, pages } = priced(document, operation, given);
      const points = pointsIn(cost, given);
      const spent = subgraphs.map((name, index) => [name, inPoints(points[index + 1])] as const);
      return {
        total: inPoints(points[0]),
        subgraphs: new Map(spent.filter(([, amount]) => amount > 0)),
        pages,
      };
    },
  };
}

/** Whole points, as large as a number may be that clients read. */
const inPoints = (value = 0): number => Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(value));

/** As the request gives them; a value that is no truth value is refused later. */
function conditionsIn(document: DocumentNode, operation: OperationDefinitionNode, given: Given) {
  const names = conditionVariables(document);
  if (names.length === 0) return new Map<string, boolean>();
  const reader = createReader(operation);
  return new Map(names.map((name) => [name, reader.variable(name, given) === true]));
}
