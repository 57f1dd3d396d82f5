import type { FieldNode, GraphQLSchema } from 'graphql';
import { compilePlan } from '../plan/compile.ts';
import type { FetchOptions } from '../plan/fetch.ts';
import type { Step } from '../plan/run.ts';
import type { Planner } from '../planning/planner.ts';
import { compileProjection, type Projection } from '../projection/compile.ts';
import { compileIntrospection, type Introspect } from '../projection/introspection.ts';
import type { Masks } from '../projection/masked.ts';
import type { ShownAs } from '../projection/state.ts';
import type { Shape } from './shape.ts';

/** All of an operation that does not depend on the single request. */
export interface CompiledOperation {
  readonly shape: Shape;
  readonly fetch: Step;
  readonly project: Projection;
  readonly introspect: Introspect;
  readonly shownAs: ShownAs;
}

/** Plans an operation and compiles plan and answer. @throws PlanRefused, NotCovered */
export function compileOperation(
  shape: Shape,
  planner: Planner,
  schema: GraphQLSchema,
  options: FetchOptions,
  masks: Masks | undefined,
): CompiledOperation {
  const planned = shape.planned === undefined ? undefined : planner.plan(shape.planned, shape.shown.name?.value);
  const treeName = (field: FieldNode): string => {
    const asked = shape.plannedOf.get(field);
    return (asked && planned?.treeNames.get(asked)) ?? (field.alias ?? field.name).value;
  };
  const shown = new Map<string | number, string>();
  for (const [field, name] of planned?.treeNames ?? []) shown.set(name, (field.alias ?? field.name).value);
  return {
    shape,
    shownAs: (step) => shown.get(step) ?? step,
    fetch: planned === undefined ? () => undefined : compilePlan(planned.plan, options),
    project: compileProjection(shape, schema, treeName, masks),
    introspect: compileIntrospection(shape),
  };
}
