import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';

/** The subgraphs that can give a field, by `Type.field`, as places among the points (1 for the first). */
export type ResolvedIn = (type: string, field: string) => readonly number[];

/** Reads from a supergraph who gives which field. */
export function readResolvedIn(supergraph: DocumentNode): ResolvedIn {
  const places = new Map<string, number>();
  const ofType = new Map<string, readonly number[]>();
  const ofField = new Map<string, readonly number[]>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) places.set(value.name.value, places.size + 1);
  }
  const graphsIn = (directives: readonly ConstDirectiveNode[] = [], name: string): readonly number[] =>
    directives.flatMap((directive) => {
      if (directive.name.value !== name || says(directive, 'external')) return [];
      const graph = directive.arguments?.find((argument) => argument.name.value === 'graph')?.value;
      const place = graph?.kind === Kind.ENUM ? places.get(graph.value) : undefined;
      return place === undefined ? [] : [place];
    });
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const type = definition.name.value;
    ofType.set(type, graphsIn(definition.directives, 'join__type'));
    for (const { name, directives } of definition.fields ?? []) {
      const graphs = graphsIn(directives, 'join__field');
      if (graphs.length > 0) ofField.set(`${type}.${name.value}`, graphs);
    }
  }
  return (type, field) => ofField.get(`${type}.${field}`) ?? ofType.get(type) ?? [];
}

const says = ({ arguments: given = [] }: ConstDirectiveNode, name: string): boolean =>
  given.some(
    (argument) => argument.name.value === name && argument.value.kind === Kind.BOOLEAN && argument.value.value,
  );
