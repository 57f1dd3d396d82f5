import { placesOf } from './required-fields.ts';
import { fieldSet, joins, type SupergraphTypes, textOf } from './supergraph-types.ts';

/** The keys by which a subgraph finds entities of an object type, its interfaces' keys among them; each as places (`a`, `a.b`). */
export type EntityKeys = (subgraph: string, type: string) => readonly (readonly string[])[];

/** Reads every key that a subgraph resolves. */
export function entityKeys({ types, graphs }: SupergraphTypes): EntityKeys {
  const known = new Map<string, string[][]>();
  for (const type of types.values()) {
    for (const join of joins(type, 'join__type')) {
      const key = textOf(join, 'key');
      if (key === undefined || textOf(join, 'resolvable') === 'false') continue;
      const at = `${graphs.get(textOf(join, 'graph') ?? '')} ${type.name.value}`;
      known.set(at, [...(known.get(at) ?? []), placesOf(fieldSet(key))]);
    }
  }
  return (subgraph, type) =>
    [type, ...(types.get(type)?.interfaces ?? []).map(({ name }) => name.value)].flatMap(
      (name) => known.get(`${subgraph} ${name}`) ?? [],
    );
}
