import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { type Asked, fieldsFor, fragmentOf, plannedOperation } from './asked-fields.ts';
import type { FetchedFrom } from './fetched-from.ts';
import { broughtFor, fetchedTree, INTERFACE_NAME, type Place, placesBelow, typesAt } from './fetched-tree.ts';
import { meaningOf } from './meaning.ts';
import { PlanRefused } from './refused.ts';

/**
 * Proves that a plan brings every field of its operation, for each object type that may come back, with the arguments that
 * were asked for. A plan that does not would answer `null`, or another field's value, without an error.
 * @param document the planned operation alone, with its fragments
 * @throws PlanRefused naming the field
 */
export function provePlan(plan: QueryPlan, document: DocumentNode, root: string, from: FetchedFrom): void {
  const { definition, fragments } = plannedOperation(document);
  const tree = fetchedTree(plan, root, from);
  const { possible } = from;
  proveSet([definition.selectionSet], [tree], [], { from, possible, fragments, proven: new WaysDown(), isRoot: true });
}

interface Proof extends Asked {
  readonly from: FetchedFrom;
  /** Ways down that hold, so that many types with the same fields and the same fetches behind them are walked once. */
  readonly proven: WaysDown;
  readonly isRoot: boolean;
}

function proveSet(
  sets: readonly SelectionSetNode[],
  places: readonly Place[],
  path: readonly string[],
  proof: Proof,
): void {
  const types = typesAt(places);
  if (!proof.isRoot) proveTypeName(sets, places, types, path, proof);
  for (const type of types) {
    for (const [name, fields] of fieldsFor(type, sets, proof)) {
      const [field] = fields;
      if (field === undefined || field.name.value.startsWith('__')) continue;
      const brought = broughtFor(places, type, name);
      const meaning = meaningOf(field);
      if (brought.length === 0 || brought.some((one) => one.meaning !== meaning)) {
        throw new PlanRefused(missing(type, field, path, proof.from), { field: [...path, name].join('.') });
      }
      const below = placesBelow(brought);
      const deeper = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (deeper.length === 0 || !proof.proven.isNew([...deeper, ...below])) continue;
      proveSet(deeper, below, [...path, name], { ...proof, isRoot: false });
    }
  }
}

/** Lists of objects, each told apart from all others by what is in it. */
class WaysDown {
  readonly #numbers = new Map<object, number>();
  readonly #known = new Set<string>();

  /** False from the second time on. */
  isNew(way: readonly object[]): boolean {
    const key = way.map((one) => this.#numberOf(one)).join();
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    return true;
  }

  #numberOf(one: object): number {
    const known = this.#numbers.get(one);
    if (known !== undefined) return known;
    this.#numbers.set(one, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/** Where the answer depends on which type came back, a subgraph that knows the object's own type has to tell it. */
function proveTypeName(
  sets: readonly SelectionSetNode[],
  places: readonly Place[],
  types: ReadonlySet<string>,
  path: readonly string[],
  proof: Proof,
): void {
  for (const type of types) {
    const told = broughtFor(places, type, '__typename');
    if (told.some(({ meaning }) => meaning === '__typename')) continue;
    const isMisnamed = told.some(({ meaning }) => meaning === INTERFACE_NAME);
    if (types.size === 1 && !isMisnamed) continue;
    if (!sets.some((set) => dependsOnType(set, types, proof))) continue;
    throw new PlanRefused(
      `No subgraph that this request reaches tells which type "${path.join('.')}" is: it may be ${[...types].join(', ')}. Ask for it by a field of a subgraph that holds these types.`,
      { field: path.join('.') },
    );
  }
}

function dependsOnType(
  set: SelectionSetNode,
  types: ReadonlySet<string>,
  proof: Proof,
  seen = new Set<SelectionSetNode>(),
): boolean {
  if (seen.has(set)) return false;
  seen.add(set);
  return set.selections.some((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value === '__typename';
    const { condition, below } = fragmentOf(selection, proof);
    if (condition !== undefined && !types.isSubsetOf(proof.from.possible(condition))) return true;
    return below !== undefined && dependsOnType(below, types, proof, seen);
  });
}

function missing(type: string, field: FieldNode, path: readonly string[], { subgraphs }: FetchedFrom): string {
  const name = field.name.value;
  const where = path.length > 0 ? ` at "${path.join('.')}"` : '';
  const empty = [...subgraphs].flatMap(([subgraph, types]) => {
    const below = types.below(type, name);
    return below !== undefined && types.possible(below).size === 0 ? [{ subgraph, below }] : [];
  });
  const reason = empty.map(
    ({ subgraph, below }) =>
      ` In subgraph "${subgraph}" no object type is a ${below}, so it can never be answered: implement ${below} there, or make it an @interfaceObject.`,
  );
  return `No subgraph can bring ${type}.${name}${where}.${reason.join('')}`;
}
