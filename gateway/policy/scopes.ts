import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { securityNames } from '../execution/supergraph.ts';

/** Groups of scopes, of which a caller needs one whole group. No group, or an empty one, can be met by nobody. */
type Alternatives = readonly (readonly string[])[];

/** What the schema asks of a caller, by `Type` and `Type.field`: every entry of a list has to be met. */
export type Requirements = ReadonlyMap<string, readonly Alternatives[]>;

/** Reads `@requiresScopes` (and `@policy`, which the hub does not judge and therefore denies) from the supergraph. */
export function readRequirements(supergraph: DocumentNode): Requirements {
  const names = securityNames(supergraph);
  const found = new Map<string, Alternatives[]>();
  const read = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    for (const directive of directives) {
      if (directive.name.value === names.requiresScopes) {
        const value = directive.arguments?.find(({ name }) => name.value === 'scopes')?.value;
        found.set(coordinate, [
          ...(found.get(coordinate) ?? []),
          value ? asAlternatives(valueFromASTUntyped(value)) : [],
        ]);
      } else if (directive.name.value === names.policy) {
        found.set(coordinate, [...(found.get(coordinate) ?? []), []]);
      }
    }
  };
  for (const definition of supergraph.definitions) {
    if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) continue;
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) continue;
    read(definition.name.value, definition.directives as readonly ConstDirectiveNode[]); // of a schema: constants
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      for (const field of definition.fields ?? []) {
        read(`${definition.name.value}.${field.name.value}`, field.directives);
      }
    }
  }
  return found;
}

const asAlternatives = (value: unknown): Alternatives =>
  Array.isArray(value)
    ? value.map((group) => (Array.isArray(group) ? group.filter((scope) => typeof scope === 'string') : []))
    : [];

const meets = (held: ReadonlySet<string>, required: readonly Alternatives[] = []): boolean =>
  required.every((groups) => groups.some((group) => group.length > 0 && group.every((scope) => held.has(scope))));

/** What one set of scopes may not touch. */
export interface Denied {
  /** `Type.field` of each field that may not be selected. */
  readonly fields: ReadonlySet<string>;
  /** Names of types whose values may not be sent in or read. */
  readonly types: ReadonlySet<string>;
  /** Equal for callers to whom the same is denied. */
  readonly key: string;
}

/**
 * Judges scopes against the whole graph at once; the verdict is kept by the scopes that the graph mentions. A field is
 * denied with its parent type, with the type it returns, and, through an interface, when it is denied on any type behind
 * it. What is said on an interface alone holds for every type behind it.
 */
export function createScopePolicy(
  requirements: Requirements,
  schema: GraphQLSchema,
): (scopes: readonly string[]) => Denied {
  const mentioned = new Set([...requirements.values()].flat(3));
  const verdicts = new LRUCache<string, Denied>({ max: 500 });

  return (scopes) => {
    const relevant = [...new Set(scopes)].filter((scope) => mentioned.has(scope)).sort();
    const key = relevant.join(' ');
    const kept = verdicts.get(key);
    if (kept !== undefined) return kept;
    const verdict = { ...judge(new Set(relevant), requirements, schema), key };
    verdicts.set(key, verdict);
    return verdict;
  };
}

function judge(held: ReadonlySet<string>, requirements: Requirements, schema: GraphQLSchema): Omit<Denied, 'key'> {
  const composites = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  const types = new Set(
    Object.keys(schema.getTypeMap()).filter((name) => requirements.has(name) && !meets(held, requirements.get(name))),
  );
  const own = new Set<string>();
  for (const type of composites) {
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const denied =
        types.has(type.name) || types.has(getNamedType(field.type).name) || !meets(held, requirements.get(coordinate));
      if (denied) own.add(coordinate);
    }
  }
  const fields = new Set(own);
  for (const face of composites) {
    if (!isInterfaceType(face)) continue;
    const implementers = schema.getPossibleTypes(face);
    for (const { name } of Object.values(face.getFields())) {
      const stated = implementers.some(
        (type) => requirements.has(`${type.name}.${name}`) || requirements.has(type.name),
      );
      if (stated) {
        if (implementers.some((type) => own.has(`${type.name}.${name}`))) fields.add(`${face.name}.${name}`);
      } else if (own.has(`${face.name}.${name}`)) {
        // Said on the interface alone (composition today writes it there only as the sum of the types behind it).
        for (const type of implementers) fields.add(`${type.name}.${name}`);
      }
    }
  }
  return { fields, types };
}
