import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  visit,
} from 'graphql';

/**
 * The canonical fields that a filter or an order looks at, as `@reads` says: by `Type.field(argument:)`, `Input.field` and
 * `Enum.VALUE`. Who may not see a field may not find out its value by asking for order, count or a match either.
 */
export type Reads = ReadonlyMap<string, readonly string[]>;

/** Reads `@reads` from the supergraph. What is said of an argument on an interface, or behind it, holds on both. */
export function readReads(supergraph: DocumentNode, schema: GraphQLSchema): Reads {
  const found = new Map<string, string[]>();
  const add = (coordinate: string, targets: readonly string[]) => {
    if (targets.length > 0) found.set(coordinate, [...new Set([...(found.get(coordinate) ?? []), ...targets])]);
  };
  let type = '';
  let field = '';
  visit(supergraph, {
    enter(node) {
      switch (node.kind) {
        case Kind.OBJECT_TYPE_DEFINITION:
        case Kind.INTERFACE_TYPE_DEFINITION:
        case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        case Kind.ENUM_TYPE_DEFINITION:
          type = node.name.value;
          field = '';
          return undefined;
        case Kind.FIELD_DEFINITION:
          field = node.name.value;
          return undefined;
        case Kind.INPUT_VALUE_DEFINITION: {
          const name = node.name.value;
          add(field === '' ? `${type}.${name}` : `${type}.${field}(${name}:)`, targetsIn(node.directives));
          return false;
        }
        case Kind.ENUM_VALUE_DEFINITION:
          add(`${type}.${node.name.value}`, targetsIn(node.directives));
          return false;
        case Kind.DIRECTIVE_DEFINITION:
          return false;
        default:
          return undefined;
      }
    },
  });
  for (const face of Object.values(schema.getTypeMap())) {
    if (!isInterfaceType(face)) continue;
    for (const { name, args } of Object.values(face.getFields())) {
      for (const argument of args) {
        const same = [face, ...schema.getPossibleTypes(face)].map((one) => `${one.name}.${name}(${argument.name}:)`);
        const targets = same.flatMap((coordinate) => found.get(coordinate) ?? []);
        for (const coordinate of same) add(coordinate, targets);
      }
    }
  }
  return found;
}

const targetsIn = (directives: readonly ConstDirectiveNode[] = []): string[] =>
  directives.flatMap((directive) => {
    const value = directive.arguments?.find(({ name }) => name.value === 'field')?.value;
    return directive.name.value === 'reads' && value?.kind === Kind.STRING && value.value !== 'NONE'
      ? [value.value]
      : [];
  });

/** The arguments, input fields and values that a caller may not use: those that read what is kept from him. */
export const barredBy = (reads: Reads, isKept: (coordinate: string) => boolean): ReadonlySet<string> =>
  new Set([...reads].filter(([, targets]) => targets.some(isKept)).map(([coordinate]) => coordinate));

/** `Type.field` of all fields with an argument that somebody may be refused; `types`: those whose values may be refused. */
export function fieldsWithJudgedArguments(
  schema: GraphQLSchema,
  reads: Reads,
  types: ReadonlySet<string>,
): Set<string> {
  const seen = new Map<string, boolean>();
  const isJudged = (type: GraphQLInputType): boolean => {
    const named = getNamedType(type);
    const known = seen.get(named.name);
    if (known !== undefined) return known;
    seen.set(named.name, types.has(named.name)); // an input that holds itself asks for this while it is being looked at
    const judged =
      types.has(named.name) ||
      (isEnumType(named) && named.getValues().some(({ name }) => reads.has(`${named.name}.${name}`))) ||
      (isInputObjectType(named) &&
        Object.values(named.getFields()).some(
          (field) => reads.has(`${named.name}.${field.name}`) || isJudged(field.type),
        ));
    seen.set(named.name, judged);
    return judged;
  };
  const found = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { name, args } of Object.values(type.getFields())) {
      const at = `${type.name}.${name}`;
      if (args.some((argument) => reads.has(`${at}(${argument.name}:)`) || isJudged(argument.type))) found.add(at);
    }
  }
  return found;
}
