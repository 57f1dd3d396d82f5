import { type Operation, operationFromDocument, operationToDocument } from '@apollo/federation-internals';
import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { withoutSecurity } from '../supergraph.ts';
import { plannedOperation } from './asked-fields.ts';
import { builtFrom } from './built-supergraph.ts';
import { fetchedFrom } from './fetched-from.ts';
import { withFixedArguments } from './fixed-arguments.ts';
import { withLostMembers } from './lost-members.ts';
import { fieldsWithoutWayBack, problemsOf } from './no-way-back.ts';
import { withFetches } from './plan-fetches.ts';
import { firstProven, type PlanningWay, planningWays } from './planning-ways.ts';
import { provePlan } from './proof.ts';
import { PlanRefused, problemText, UnplannableSupergraph } from './refused.ts';
import { withResolvableKeysOnly } from './resolvable-keys.ts';
import { withTrueFields } from './restore-fields.ts';
import { inSerialActs } from './serial-acts.ts';
import { withSerialRoots } from './serial-roots.ts';
import { splitByConflict } from './split-fetches.ts';
import { supergraphTypes } from './supergraph-types.ts';
import { internalNames, namedApart } from './tree-names.ts';

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

/**
 * Plans of Apollo's planner, corrected where it errs (docs/decisions/0007).
 * @throws UnplannableSupergraph telling every problem: subgraph, type, field and what to change
 */
export function createPlanner(supergraphSdl: string): Planner {
  const composed = withoutSecurity(parse(supergraphSdl));
  const apiSchema = builtFrom(composed, { validateSupergraph: true }).apiSchema();
  const { supergraph: copy, fixed, problems } = withFixedArguments(withResolvableKeysOnly(composed));
  if (problems.length > 0) throw new UnplannableSupergraph(problems);
  const supergraph = builtFrom(copy, { validateSupergraph: false });
  const types = supergraphTypes(copy);
  const internal = internalNames(types);
  const withoutWayBack = fieldsWithoutWayBack(types);
  const from = fetchedFrom(supergraph, types, fixed);
  const ways = planningWays(composed, copy, supergraph);

  return {
    schema: apiSchema.toGraphQLJSSchema(),
    plan(document, operationName) {
      const apart = namedApart(document, internal);
      const operation = operationOf(withSerialRoots(apart.document), operationName);
      const plan = firstProven(ways, (way) => provenPlan(operation, document, way));
      return { plan, treeNames: apart.treeNames };
    },
  };

  function provenPlan(operation: Operation, document: DocumentNode, way: PlanningWay): QueryPlan {
    const planned = operationToDocument(operation);
    const acts = inSerialActs(planned, planOf(operation, document, way), (act) =>
      planOf(operationOf(act, operation.name), document, way),
    );
    const plan = withFetches(withLostMembers(acts, plannedOperation(planned), from), (fetch) =>
      splitByConflict(fetch, { types, fixed }).map((part) => withTrueFields(part, fixed)),
    );
    provePlan(plan, planned, supergraph.schema.schemaDefinition.rootType(operation.rootKind)?.name ?? '', from);
    return plan;
  }

  function operationOf(document: DocumentNode, operationName: string | undefined): Operation {
    try {
      return operationFromDocument(apiSchema, document, operationName === undefined ? {} : { operationName });
    } catch (error) {
      if (error instanceof GraphQLError) throw new PlanRefused(error.message, { cause: error });
      throw error;
    }
  }

  /** Whatever the planner throws for a valid operation, there is no plan then. */
  function planOf(operation: Operation, document: DocumentNode, way: PlanningWay): QueryPlan {
    try {
      return way(operation);
    } catch (error) {
      const told = isLimit(error) ? [error.message] : problemsOf(document, withoutWayBack).map(problemText);
      throw new PlanRefused(['No plan was found for this request.', ...told].join(' '), { cause: error });
    }
  }
}

/** The planner's own bounds on a request; its other errors speak of its insides. */
const isLimit = (error: unknown): error is Error =>
  error instanceof Error && /^(Exceeded maximum|Number of non-local|Too many options)/.test(error.message);
