import {
  baseType,
  FieldDefinition,
  federationMetadata,
  isCompositeType,
  isInterfaceObjectType,
  isObjectType,
  type ObjectType,
  possibleRuntimeTypes,
  type Schema,
  type Supergraph,
} from '@apollo/federation-internals';
import type { GraphQLSchema, SelectionSetNode } from 'graphql';
import { fieldSet } from './supergraph-types.ts';

/** What a proof of a plan asks of one subgraph. All names of object types are those of the supergraph. */
export interface SubgraphTypes {
  /** Object types that a value may be which the subgraph calls by this type. */
  possible(type: string): ReadonlySet<string>;
  /** The composite type that a field returns, by name; undefined for a leaf. */
  below(type: string, field: string): string | undefined;
  /** Whether it answers that field of an object type itself, be it as a field of an interface object. */
  answers(object: string, field: string): boolean;
  /** Whether it answers that field of an object type with nothing sent along: not external, and without `@requires`. */
  answersAlone(object: string, field: string): boolean;
  /** Whether it names that field of an object type without being asked for it: `@external`. It may still provide it in places. */
  isExternal(object: string, field: string): boolean;
  /** What the subgraph answers below a field though it is external there: the field sets of its `@provides`. */
  provided(type: string, field: string): readonly SelectionSetNode[];
  /** Whether the subgraph holds the type as `@interfaceObject`, so that its `__typename` is not the object's own. */
  isInterfaceObject(type: string): boolean;
  /** As plain GraphQL; built once. */
  schema(): GraphQLSchema;
  root(kind: 'query' | 'mutation' | 'subscription'): string | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Object types that a field may return, asked of an object type: those that every subgraph which answers it can return, since
 * subgraphs that share a field promise to answer it alike.
 */
export function returnedTypes(subgraphs: ReadonlyMap<string, SubgraphTypes>) {
  const known = new Map<string, ReadonlySet<string> | undefined>();
  return (object: string, field: string): ReadonlySet<string> | undefined => {
    const key = `${object}.${field}`;
    if (!known.has(key)) {
      const each = [...subgraphs.values()].flatMap((types) => {
        if (!types.answers(object, field)) return [];
        const below = types.below(object, field);
        return below === undefined ? [] : [types.possible(below)];
      });
      const [first, ...more] = each;
      known.set(key, first && more.reduce((both, one) => both.intersection(one), first));
    }
    return known.get(key);
  };
}

/** By subgraph's name. */
export function subgraphTypes(supergraph: Supergraph): ReadonlyMap<string, SubgraphTypes> {
  return new Map(
    [...supergraph.subgraphs()].map((subgraph) => [subgraph.name, typesOf(subgraph.schema, supergraph.schema)]),
  );
}

function interfacesOf(object: string, supergraph: Schema): string[] {
  const type = supergraph.type(object);
  return type !== undefined && isObjectType(type) ? type.interfaces().map(({ name }) => name) : [];
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
  const metadata = federationMetadata(schema);
  let graphqlSchema: GraphQLSchema | undefined;
  /** The types under which the subgraph may hold objects of that type. */
  const holders = (object: string): ObjectType[] =>
    [object, ...interfacesOf(object, supergraph)].flatMap((name) => {
      const type = schema.type(name);
      return type !== undefined && isObjectType(type) ? [type] : [];
    });
  return {
    isInterfaceObject,
    possible(name) {
      const answer = known.get(name) ?? possible(name);
      known.set(name, answer);
      return answer;
    },
    below(name, field) {
      const type = schema.type(name);
      const holder = type ?? holders(name).find((one) => one.field(field));
      const returned = holder && 'field' in holder ? holder.field(field)?.type : undefined;
      const base = returned && baseType(returned);
      return base && isCompositeType(base) ? base.name : undefined;
    },
    answers(object, field) {
      return holders(object).some((type) => {
        const definition = type.field(field);
        return definition !== undefined && !metadata?.isFieldExternal(definition);
      });
    },
    answersAlone(object, field) {
      const type = schema.type(object);
      const definition = type !== undefined && isObjectType(type) ? type.field(field) : undefined;
      if (definition === undefined || metadata?.isFieldExternal(definition)) return false;
      return metadata === undefined || !definition.hasAppliedDirective(metadata.requiresDirective());
    },
    isExternal(object, field) {
      const definitions = holders(object).flatMap((type) => type.field(field) ?? []);
      return definitions.length > 0 && definitions.every((one) => metadata?.isFieldExternal(one));
    },
    provided(name, field) {
      const provides = metadata?.providesDirective();
      const type = schema.type(name);
      const definition = type && 'field' in type ? type.field(field) : undefined;
      if (!provides || !definition || !(definition instanceof FieldDefinition)) return [];
      return definition.appliedDirectivesOf(provides).map((one) => fieldSet(one.arguments().fields));
    },
    schema() {
      graphqlSchema ??= schema.toGraphQLJSSchema();
      return graphqlSchema;
    },
    root: (kind) => schema.schemaDefinition.rootType(kind)?.name,
  };
}
