import { Kind, type SelectionSetNode } from 'graphql';
import { fieldSet, joins, type SupergraphTypes, textOf } from './supergraph-types.ts';

/** Places (`a`, `a.b`) of what a subgraph has to be sent before it can answer a field; undefined where that is nothing. */
export type RequiredPlaces = (subgraph: string, type: string, field: string) => readonly string[] | undefined;

/** Reads every `@requires` of the planner's supergraph once. */
export function requiredPlaces({ types, graphs }: SupergraphTypes): RequiredPlaces {
  const known = new Map<string, readonly string[]>();
  for (const type of types.values()) {
    for (const field of type.fields ?? []) {
      for (const join of joins(field, 'join__field')) {
        const requires = textOf(join, 'requires');
        const subgraph = graphs.get(textOf(join, 'graph') ?? '');
        if (requires === undefined || subgraph === undefined) continue;
        known.set(keyOf(subgraph, type.name.value, field.name.value), placesOf(fieldSet(requires)));
      }
    }
  }
  return (subgraph, type, field) => known.get(keyOf(subgraph, type, field));
}

const keyOf = (subgraph: string, type: string, field: string) => `${subgraph} ${type}.${field}`;

/** Places by response name, whatever the types on the way. */
export function placesOf(set: SelectionSetNode, above = ''): string[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return placesOf(selection.selectionSet, above);
    const here = above + (selection.alias ?? selection.name).value;
    return [here, ...(selection.selectionSet ? placesOf(selection.selectionSet, `${here}.`) : [])];
  });
}
