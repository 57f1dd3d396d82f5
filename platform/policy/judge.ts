import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { type Held, isMeetable, meetsAll, type Requirement, type Requirements } from './requirements.ts';

/** What one caller may not touch. */
export interface Judged {
  /** `Type.field` of each field that may not be selected. */
  readonly fields: ReadonlySet<string>;
  /** Names of types whose values may not be sent in or read. */
  readonly types: ReadonlySet<string>;
}

/**
 * Judges a caller against a whole schema at once. A field is denied with its parent type, with the type it returns (object,
 * interface, enum or scalar), and, through an interface, when it is denied on the interface or on any type behind it. What
 * is asked for on an interface alone is asked for behind it too.
 */
export function judge(held: Held, requirements: Requirements, schema: GraphQLSchema): Judged {
  const types = new Set(
    [...requirements.keys()].filter((at) => !at.includes('.') && !meetsAll(held, requirements.get(at))),
  );
  const composites = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  const own = new Set<string>();
  for (const type of composites) {
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const denied =
        types.has(type.name) ||
        types.has(getNamedType(field.type).name) ||
        !meetsAll(held, requirements.get(coordinate));
      if (denied) own.add(coordinate);
    }
  }
  const fields = new Set(own);
  for (const face of composites) {
    if (!isInterfaceType(face)) continue;
    const behind = [...schema.getImplementations(face).objects, ...schema.getImplementations(face).interfaces];
    for (const { name } of Object.values(face.getFields())) {
      if (behind.some((type) => own.has(`${type.name}.${name}`))) fields.add(`${face.name}.${name}`);
      if (!own.has(`${face.name}.${name}`) || !asksForMore(face, behind, name, requirements)) continue;
      for (const type of behind) fields.add(`${type.name}.${name}`);
    }
  }
  return { fields, types };
}

/**
 * Whether an interface asks for something of its own. Composition writes on an interface what the types behind it ask for,
 * all together; taken for the interface's own word, it would deny on each type what only another asks for.
 */
function asksForMore(
  face: GraphQLInterfaceType,
  behind: readonly (GraphQLObjectType | GraphQLInterfaceType)[],
  field: string,
  requirements: Requirements,
): boolean {
  const askedAt = (type: string): readonly Requirement[] => [
    ...(requirements.get(type) ?? []),
    ...(requirements.get(`${type}.${field}`) ?? []),
  ];
  const below = behind.flatMap(({ name }) => askedAt(name));
  const known = new Set(below.flatMap(namesOf));
  return askedAt(face.name).some((asked) =>
    isMeetable(asked) ? namesOf(asked).some((name) => !known.has(name)) : below.every(isMeetable),
  );
}

const namesOf = ({ of, anyOf }: Requirement): readonly string[] => anyOf.flat().map((name) => `${of} ${name}`);
