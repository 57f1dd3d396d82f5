import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { entityFields, entitySelections, operationOf, withEntityFields, withOperation } from './fetch-operation.ts';
import type { FixedField } from './fixed-arguments.ts';
import { PlanRefused } from './refused.ts';
import { conflictIn, entriesOf, type RequiredEntry } from './required-entries.ts';
import { fieldSet, joins, type SupergraphTypes, textOf } from './supergraph-types.ts';

/** The planner's supergraph, and what its fields with fixed arguments stand for. */
export interface PlannerGraph {
  readonly types: SupergraphTypes;
  readonly fixed: ReadonlyMap<string, FixedField>;
}

/**
 * One entity fetch as several, where the fields that it brings require one field with different arguments: an entity is
 * sent with each of its fields once.
 * @throws PlanRefused where a conflict stays because the key itself holds the field
 */
export function splitByConflict(fetch: FetchNode, graph: PlannerGraph): readonly FetchNode[] {
  if (graph.fixed.size === 0 || fetch.requires === undefined) return [fetch];
  const requires = fetch.requires;
  if (conflictIn(entriesOf(asSelectionSet(requires), '', graph.types, graph.fixed)) === undefined) return [fetch];

  const operation = operationOf(fetch);
  const asked = entitySelections(operation);
  if (asked === undefined) throw new Error('A fetch with requirements asks for entities');
  const fields = entityFields(asked, '');
  const needs = new Map<string, RequiredEntry[]>();
  for (const { type, field } of fields) needs.set(coordinate(type, field), needsOf(type, field, fetch, graph));

  const shares = sharesOf(needs);
  return shares.map((share) => {
    const partial = forShare(fetch, operation, share, needs, graph);
    const conflict = conflictIn(entriesOf(asSelectionSet(partial.requires ?? []), '', graph.types, graph.fixed));
    if (conflict) {
      throw new PlanRefused(
        `These fields cannot be asked for together: ${[...share].join(', ')}. Subgraph "${fetch.serviceName}" would be sent "${conflict.join('.')}" with different arguments for one entity.`,
      );
    }
    return partial;
  });
}

const coordinate = (type: string, field: string) => `${type}.${field}`;

/** Fields grouped so that no two of a group need one field with different arguments; the first group has all that need none. */
function sharesOf(needs: ReadonlyMap<string, readonly RequiredEntry[]>): Set<string>[] {
  const shares: { fields: Set<string>; needs: RequiredEntry[] }[] = [];
  const byNeed = [...needs].sort(([, one], [, other]) => Number(one.length > 0) - Number(other.length > 0));
  for (const [field, needed] of byNeed) {
    const fitting = shares.find((share) => conflictIn([...share.needs, ...needed]) === undefined);
    if (fitting === undefined) {
      shares.push({ fields: new Set([field]), needs: [...needed] });
    } else {
      fitting.fields.add(field);
      fitting.needs.push(...needed);
    }
  }
  return shares.map(({ fields }) => fields);
}

function forShare(
  fetch: FetchNode,
  operation: OperationDefinitionNode,
  share: ReadonlySet<string>,
  needs: ReadonlyMap<string, readonly RequiredEntry[]>,
  graph: PlannerGraph,
): FetchNode {
  const own = new Set<string>();
  const others = new Set<string>();
  for (const [field, needed] of needs) {
    for (const entry of needed) (share.has(field) ? own : others).add(placeOf(entry.tree));
  }
  const keys = keyPlaces(fetch, graph);
  const isSent = (place: string) => own.has(place) || keys.has(place) || !others.has(place);
  const kept = withEntityFields(operation, '', (type, field) => share.has(coordinate(type, field)));
  return { ...withOperation(fetch, kept), requires: filtered(fetch.requires ?? [], [], isSent) };
}

const placeOf = (names: readonly string[]) => names.join('.');

function filtered(
  selections: readonly QueryPlanSelectionNode[],
  above: readonly string[],
  isSent: (place: string) => boolean,
): QueryPlanSelectionNode[] {
  return selections.flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === 'InlineFragment') {
      return [{ ...selection, selections: filtered(selection.selections, above, isSent) }];
    }
    const here = [...above, selection.name];
    if (selection.name !== '__typename' && !isSent(placeOf(here))) return [];
    return [
      selection.selections ? { ...selection, selections: filtered(selection.selections, here, isSent) } : selection,
    ];
  });
}

/** Places of the fields by which the subgraph finds the entities of this fetch. */
function keyPlaces(fetch: FetchNode, { types, fixed }: PlannerGraph): ReadonlySet<string> {
  const places = new Set<string>();
  for (const selection of fetch.requires ?? []) {
    if (selection.kind !== 'InlineFragment' || selection.typeCondition === undefined) continue;
    const possible = types.possible(selection.typeCondition);
    for (const [name, type] of types.types) {
      if (types.possible(name).isDisjointFrom(possible)) continue;
      for (const join of joins(type, 'join__type')) {
        const key = textOf(join, 'key');
        if (key === undefined || types.graphs.get(textOf(join, 'graph') ?? '') !== fetch.serviceName) continue;
        for (const { tree } of entriesOf(fieldSet(key), name, types, fixed)) places.add(placeOf(tree));
      }
    }
  }
  return places;
}

/** What the subgraph must be sent before it can answer a field. */
function needsOf(type: string, field: string, fetch: FetchNode, { types, fixed }: PlannerGraph): RequiredEntry[] {
  const definition = types.field(type, field);
  if (definition === undefined) return [];
  return joins(definition, 'join__field').flatMap((join) => {
    const requires = textOf(join, 'requires');
    if (requires === undefined || types.graphs.get(textOf(join, 'graph') ?? '') !== fetch.serviceName) return [];
    return entriesOf(fieldSet(requires), type, types, fixed);
  });
}

/** A plan's requirements as GraphQL has them. */
function asSelectionSet(selections: readonly QueryPlanSelectionNode[]): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: selections.map((selection) =>
      selection.kind === 'Field'
        ? {
            kind: Kind.FIELD,
            name: { kind: Kind.NAME, value: selection.name },
            ...(selection.selections ? { selectionSet: asSelectionSet(selection.selections) } : {}),
          }
        : {
            kind: Kind.INLINE_FRAGMENT,
            ...(selection.typeCondition === undefined
              ? {}
              : {
                  typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: selection.typeCondition } },
                }),
            selectionSet: asSelectionSet(selection.selections),
          },
    ),
  };
}
