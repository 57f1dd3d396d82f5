import { Kind, type SelectionSetNode } from 'graphql';
import type { FixedField } from './fixed-arguments.ts';
import { nameOf, type SupergraphTypes } from './supergraph-types.ts';

const NONE: ReadonlySet<string> = new Set();

/** One field of what is sent to a subgraph for an entity. */
export interface RequiredEntry {
  /** Names on the way to it in the data tree. */
  readonly tree: readonly string[];
  /** Names on the way to it as the subgraph knows them. */
  readonly sent: readonly string[];
  /** For each step: the object types on which that step is taken. */
  readonly on: readonly ReadonlySet<string>[];
}

/** Every field of a field set in the planner's supergraph, with the ones above each. A `parent` of '' is any entity. */
export function entriesOf(
  set: SelectionSetNode,
  parent: string,
  types: SupergraphTypes,
  fixed: ReadonlyMap<string, FixedField>,
  above: RequiredEntry = { tree: [], sent: [], on: [] },
  possible: ReadonlySet<string> = types.possible(parent),
): RequiredEntry[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition?.name.value ?? parent;
      const narrowed = parent === '' ? types.possible(type) : possible.intersection(types.possible(type));
      return entriesOf(selection.selectionSet, type, types, fixed, above, narrowed);
    }
    const name = selection.name.value;
    const entry = {
      tree: [...above.tree, name],
      sent: [...above.sent, fixed.get(name)?.field ?? name],
      on: [...above.on, possible],
    };
    const definition = types.field(parent, name);
    if (selection.selectionSet === undefined || definition === undefined) return [entry];
    return [entry, ...entriesOf(selection.selectionSet, nameOf(definition.type), types, fixed, entry)];
  });
}

/** The first path that would have to hold two things at once; undefined where all fit into one representation. */
export function conflictIn(entries: readonly RequiredEntry[]): readonly string[] | undefined {
  for (const [index, one] of entries.entries()) {
    const other = entries.slice(index + 1).find((entry) => conflict(one, entry));
    if (other) return one.sent;
  }
  return undefined;
}

/** Same place as sent, from different places of the tree, for an object that may be both. */
function conflict(one: RequiredEntry, other: RequiredEntry): boolean {
  if (one.sent.length !== other.sent.length) return false;
  let differ = false;
  for (const [step, name] of one.sent.entries()) {
    if (other.sent[step] !== name) return false;
    if ((one.on[step] ?? NONE).isDisjointFrom(other.on[step] ?? NONE)) return false;
    if (one.tree[step] !== other.tree[step]) differ = true;
  }
  return differ;
}
