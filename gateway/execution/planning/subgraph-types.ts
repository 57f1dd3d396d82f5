import {
  baseType,
  isAbstractType,
  isCompositeType,
  isInterfaceObjectType,
  isObjectType,
  possibleRuntimeTypes,
  type Schema,
  type Supergraph,
} from '@apollo/federation-internals';

/** What a proof of a plan asks of one subgraph. All names of object types are those of the supergraph. */
export interface SubgraphTypes {
  /** Object types that a value may be which the subgraph calls by this type. */
  possible(type: string): ReadonlySet<string>;
  /** The composite type that a field returns, by name; undefined for a leaf. */
  below(type: string, field: string): string | undefined;
  /** Whether the subgraph holds the type as `@interfaceObject`, so that its `__typename` is not the object's own. */
  isInterfaceObject(type: string): boolean;
  root(kind: 'query' | 'mutation' | 'subscription'): string | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/** By subgraph's name. */
export function subgraphTypes(supergraph: Supergraph): ReadonlyMap<string, SubgraphTypes> {
  return new Map(
    [...supergraph.subgraphs()].map((subgraph) => [subgraph.name, typesOf(subgraph.schema, supergraph.schema)]),
  );
}

function typesOf(schema: Schema, supergraph: Schema): SubgraphTypes {
  const known = new Map<string, ReadonlySet<string>>();
  const isInterfaceObject = (name: string) => {
    const type = schema.type(name);
    return type !== undefined && isInterfaceObjectType(type);
  };
  const possible = (name: string): ReadonlySet<string> => {
    const type = isInterfaceObject(name) ? supergraph.type(name) : schema.type(name);
    if (type === undefined || !isCompositeType(type)) return NONE;
    return new Set(possibleRuntimeTypes(type).map((object) => object.name));
  };
  return {
    isInterfaceObject,
    possible(name) {
      const answer = known.get(name) ?? possible(name);
      known.set(name, answer);
      return answer;
    },
    below(name, field) {
      const type = schema.type(name);
      if (type === undefined || !(isObjectType(type) || isAbstractType(type))) return undefined;
      const returned = 'field' in type ? type.field(field)?.type : undefined;
      const base = returned && baseType(returned);
      return base && isCompositeType(base) ? base.name : undefined;
    },
    root: (kind) => schema.schemaDefinition.rootType(kind)?.name,
  };
}
