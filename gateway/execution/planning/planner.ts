import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { withoutSecurity } from '../supergraph.ts';
import { PlanRefused, SupergraphRefused } from './refused.ts';

export interface Planned {
  /** Already corrected. Fetch operations may hold aliases; rewrites are as Apollo's plans have them. */
  readonly plan: QueryPlan;
  /** Under which name the runner's tree of answers holds a field of the given document, where it is not its response name. */
  readonly treeNames: ReadonlyMap<FieldNode, string>;
}

export interface Planner {
  /** The API schema, without anything of federation in it; built once. */
  readonly schema: GraphQLSchema;
  /**
   * Plans one operation of a validated document. Every `@skip` and `@include` with a known value is gone from it.
   * @throws PlanRefused where no right plan exists
   */
  plan(document: DocumentNode, operationName: string | undefined): Planned;
}

/** @throws SupergraphRefused telling every problem: subgraph, type, field and what to change */
export function createPlanner(supergraphSdl: string): Planner {
  const supergraph = supergraphOf(supergraphSdl);
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  return {
    schema: apiSchema.toGraphQLJSSchema(),
    plan(document, operationName) {
      return { plan: planOf(document, operationName), treeNames: new Map() };
    },
  };

  function planOf(document: DocumentNode, operationName: string | undefined): QueryPlan {
    try {
      return planner.buildQueryPlan(
        operationFromDocument(apiSchema, document, operationName === undefined ? {} : { operationName }),
      );
    } catch (error) {
      if (error instanceof GraphQLError) throw new PlanRefused(error.message, { cause: error });
      throw error;
    }
  }
}

function supergraphOf(sdl: string): Supergraph {
  try {
    return Supergraph.build(withoutSecurity(parse(sdl)), { validateSupergraph: true });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new SupergraphRefused([{ at: 'supergraph', message: error.message }]);
  }
}
