import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode } from 'graphql';
import { operationOf } from './fetch-operation.ts';
import type { FetchedFrom } from './fetched-from.ts';
import type { FixedField } from './fixed-arguments.ts';
import { meaningOf } from './meaning.ts';
import { PlanRefused } from './refused.ts';
import { placesOf } from './required-fields.ts';
import type { SubgraphTypes } from './subgraph-types.ts';

/** What a plan brings for one place of the answer, told without running it. */
export interface Place {
  /** Object types that may stand here. */
  readonly types: ReadonlySet<string>;
  readonly fields: Map<string, Brought[]>;
}

export interface Brought {
  /** Field and arguments that the subgraph was asked for. */
  readonly meaning: string;
  /** Object types of the place for which it is brought. */
  readonly on: ReadonlySet<string>;
  readonly below: Place | undefined;
}

/** `__typename` as a subgraph tells it that knows the interface only. */
export const INTERFACE_NAME = '__typename of an interface object';

/**
 * Follows a plan from fetch to fetch and notes what is in the data tree after it, and where it came from.
 * @throws PlanRefused where two different fields would be written to one place
 */
export function fetchedTree(plan: QueryPlan, root: string, from: FetchedFrom): Place {
  const top: Place = { types: new Set([root]), fields: new Map() };
  const { node } = plan;
  if (node?.kind === 'Subscription') {
    follow(node.primary, [top], from);
    if (node.rest) follow(node.rest, [top], from);
  } else if (node) {
    follow(node, [top], from);
  }
  return top;
}

function follow(node: PlanNode, places: readonly Place[], from: FetchedFrom): void {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) follow(child, places, from);
      break;
    case 'Condition':
      if (node.ifClause) follow(node.ifClause, places, from);
      if (node.elseClause) follow(node.elseClause, places, from);
      break;
    case 'Flatten':
      follow(node.node, node.path.reduce(stepInto, places), from);
      break;
    case 'Fetch':
      for (const place of places) bring(node, place, from);
      break;
    case 'Defer':
      throw new Error('Plans are made without @defer');
  }
}

function stepInto(places: readonly Place[], step: string | number): readonly Place[] {
  if (step === '@' || typeof step === 'number') return places;
  const [name = ''] = step.split('|'); // a step may end in the types that it is taken on
  return [...new Set(places.flatMap((place) => (place.fields.get(name) ?? []).flatMap(({ below }) => below ?? [])))];
}

function bring(fetch: FetchNode, place: Place, from: FetchedFrom): void {
  const subgraph = from.subgraphs.get(fetch.serviceName);
  if (subgraph === undefined) throw new Error(`The plan asks a subgraph that there is not: ${fetch.serviceName}`);
  const operation = operationOf(fetch);
  const renamed = new Map<string, string>();
  for (const rewrite of fetch.outputRewrites ?? []) {
    if (rewrite.kind === 'KeyRenamer') renamed.set(rewrite.path.join('.'), rewrite.renameKeyTo);
  }
  const writer = { subgraph, renamed, service: fetch.serviceName, from, provided: [] };
  const { requires } = fetch;
  if (requires === undefined) {
    write(operation.selectionSet, place, subgraph.root(operation.operation) ?? '', place.types, [], writer);
    return;
  }
  const places = new Set(requires.flatMap((selection) => sentPlaces([selection])));
  const isFound = (type: string) =>
    from.keys(fetch.serviceName, type).some((key) => key.every((one) => places.has(one)));
  const sent = [...place.types].filter((type) => isFound(type) && isSent(requires, [place], type, from));
  const [entities] = operation.selectionSet.selections;
  if (sent.length > 0 && entities?.kind === Kind.FIELD && entities.selectionSet) {
    write(entities.selectionSet, place, '', new Set(sent), [], { ...writer, sent: places });
  }
}

const sentPlaces = (selections: readonly QueryPlanSelectionNode[], above = ''): string[] =>
  selections.flatMap((selection) => {
    if (selection.kind === 'InlineFragment') return sentPlaces(selection.selections, above);
    const here = above + selection.name;
    return [here, ...sentPlaces(selection.selections ?? [], `${here}.`)];
  });

/** Whether an entity of that type can be sent: some fragment is for it, and all that it names is there with the right meaning. */
function isSent(
  requires: readonly QueryPlanSelectionNode[],
  places: readonly Place[],
  type: string,
  from: FetchedFrom,
): boolean {
  const fragments = requires.filter(
    (one) => one.kind === 'Field' || one.typeCondition === undefined || from.possible(one.typeCondition).has(type),
  );
  return fragments.length > 0 && hasAll(fragments, places, type, from);
}

function hasAll(
  selections: readonly QueryPlanSelectionNode[],
  places: readonly Place[],
  type: string,
  from: FetchedFrom,
): boolean {
  return selections.every((selection) => {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection;
      const fits = typeCondition === undefined || from.possible(typeCondition).has(type);
      return !fits || hasAll(selection.selections, places, type, from);
    }
    const brought = broughtFor(places, type, selection.name);
    if (selection.name === '__typename') return brought.length > 0;
    const fixed = from.fixed.get(selection.name);
    const meaning = fixed ? meaningOf(asField(fixed)) : selection.name;
    if (brought.length === 0 || brought.some((one) => one.meaning !== meaning)) return false;
    const { selections: deeper } = selection;
    if (deeper === undefined) return true;
    const below = placesBelow(brought);
    return [...typesAt(below)].every((one) => hasAll(deeper, below, one, from));
  });
}

const asField = ({ field, arguments: args }: FixedField) => ({
  name: { kind: Kind.NAME, value: field } as const,
  arguments: args,
});

export const broughtFor = (places: readonly Place[], type: string, name: string): Brought[] =>
  places.flatMap(({ fields }) => (fields.get(name) ?? []).filter(({ on }) => on.has(type)));

export const placesBelow = (brought: readonly Brought[]): Place[] => brought.flatMap(({ below }) => below ?? []);

/** What may stand at a place that several fetches brought: they speak of one object, so it is what all of them allow. */
export function typesAt(places: readonly Place[]): ReadonlySet<string> {
  const [first, ...more] = places;
  return more.reduce((types, place) => types.intersection(place.types), first?.types ?? new Set<string>());
}

interface Writer {
  readonly subgraph: SubgraphTypes;
  readonly service: string;
  readonly from: FetchedFrom;
  /** Places of what the subgraph is sent for each entity; none deeper in what it answers. */
  readonly sent?: ReadonlySet<string>;
  /** What the fields above provide here though it is external. */
  readonly provided: readonly SelectionSetNode[];
  /** Name in the tree, by path in the fetch's answer. */
  readonly renamed: ReadonlyMap<string, string>;
}

function write(
  set: SelectionSetNode,
  place: Place,
  parent: string,
  on: ReadonlySet<string>,
  path: readonly string[],
  writer: Writer,
): void {
  const { subgraph, renamed } = writer;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error('The planner is told to make no named fragments');
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      const narrowed = condition === undefined ? on : on.intersection(subgraph.possible(condition));
      const here = condition === undefined ? path : [...path, `... on ${condition}`];
      if (narrowed.size > 0) write(selection.selectionSet, place, condition ?? parent, narrowed, here, writer);
      continue;
    }
    const field = selection.name.value;
    const owned = answeredFor(field, parent, on, writer);
    if (owned.size === 0) continue;
    proveSent(field, parent, set, path, writer);
    const response = (selection.alias ?? selection.name).value;
    const here = [...path, response];
    const name = renamed.get(here.join('.')) ?? response;
    const isInterfaceName = field === '__typename' && subgraph.isInterfaceObject(parent);
    const meaning = isInterfaceName ? INTERFACE_NAME : meaningOf(selection);
    const type = subgraph.below(parent, field);
    const below: Place | undefined = type ? { types: subgraph.possible(type), fields: new Map() } : undefined;
    note(place, name, { meaning, on: owned, below }, writer.service);
    if (below && type && selection.selectionSet) {
      const provided = [...subgraph.provided(parent, field), ...setsBelow(writer.provided, field)];
      write(selection.selectionSet, below, type, below.types, here, { ...writer, provided });
    }
  }
}

/** The object types for which the subgraph answers the field: all but those where it is external and not provided on this way. */
function answeredFor(
  field: string,
  parent: string,
  on: ReadonlySet<string>,
  { subgraph, provided }: Writer,
): ReadonlySet<string> {
  const external = [parent, ...on].filter((type) => subgraph.isExternal(type, field));
  if (external.length === 0 || provided.some((set) => placesOf(set).includes(field))) return on;
  return external.includes(parent) ? new Set() : on.difference(new Set(external));
}

const setsBelow = (sets: readonly SelectionSetNode[], field: string): SelectionSetNode[] =>
  sets.flatMap(({ selections }) =>
    selections.flatMap((one) => {
      if (one.kind === Kind.INLINE_FRAGMENT) return setsBelow([one.selectionSet], field);
      return one.kind === Kind.FIELD && one.name.value === field ? (one.selectionSet ?? []) : [];
    }),
  );

/**
 * A field with `@requires` is asked for where what it requires was sent with the entity, or where the same selection brings it
 * because the subgraph provides it there.
 */
function proveSent(
  field: string,
  parent: string,
  beside: SelectionSetNode,
  path: readonly string[],
  writer: Writer,
): void {
  const required = writer.from.required(writer.service, parent, field);
  if (required === undefined) return;
  const isEntity = path.every((step) => step.startsWith('... on '));
  const sent = isEntity ? writer.sent : undefined;
  if (sent && required.every((place) => sent.has(place))) return;
  const asked = new Set(placesOf(beside));
  const provided = new Set(writer.provided.flatMap((set) => placesOf(set)));
  if (required.every((place) => asked.has(place) && provided.has(place))) return;
  throw new PlanRefused(
    `No right plan was found: subgraph "${writer.service}" would be asked for ${parent}.${field} without what its @requires names. Ask for ${field} in a request of its own.`,
  );
}

function note(place: Place, name: string, brought: Brought, service: string): void {
  const known = place.fields.get(name);
  if (known === undefined) {
    place.fields.set(name, [brought]);
    return;
  }
  const other = known.find(
    ({ meaning, on }) => !sameMeaning(meaning, brought.meaning) && !on.isDisjointFrom(brought.on),
  );
  if (other) {
    throw new PlanRefused(
      `No right plan was found: "${brought.meaning}" of subgraph "${service}" and "${other.meaning}" would be taken for one another. Ask for them in two requests.`,
    );
  }
  known.push(brought);
}

const sameMeaning = (one: string, other: string) =>
  one === other || (one.startsWith('__typename') && other.startsWith('__typename'));
