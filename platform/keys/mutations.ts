import { Kind, parse } from 'graphql';

/** The names of all mutations of a graph, in order: what `acts` of a key may hold. */
export function mutationsOf(supergraphSdl: string): readonly string[] {
  const definitions = parse(supergraphSdl, { noLocation: true }).definitions;
  const root = definitions
    .filter(({ kind }) => kind === Kind.SCHEMA_DEFINITION)
    .flatMap((schema) => ('operationTypes' in schema ? (schema.operationTypes ?? []) : []))
    .find(({ operation }) => operation === 'mutation');
  const type = root?.type.name.value ?? 'Mutation';
  return definitions
    .flatMap((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === type
        ? (definition.fields ?? [])
        : [],
    )
    .map(({ name }) => name.value)
    .sort();
}
