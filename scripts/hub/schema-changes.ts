import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';

/** Something of a schema that has a name: a type, a field, an argument, an input field, a value of an enum. */
export interface Member {
  /** `Type`, `Type.field`, `Type.field(argument:)`, `Input.field` or `Enum.VALUE`. */
  readonly at: string;
  /** What it is, as SDL says it. Example: `[Customer!]!`; `type`; a value of an enum is `value`. */
  readonly form: string;
  readonly description: string;
  /** The reason; null: it is not deprecated. */
  readonly deprecation: string | null;
}

export interface SchemaChanges {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  /** Of the same name and another form or description. */
  readonly changed: readonly { readonly at: string; readonly from: Member; readonly to: Member }[];
}

/**
 * In what the second schema is other than the first, in the order of its types. What comes or goes with its type or field is
 * not named apart.
 */
export function changesBetweenSchemas(first: GraphQLSchema, second: GraphQLSchema): SchemaChanges {
  const before = membersOf(first);
  const after = membersOf(second);
  const only = (these: ReadonlyMap<string, Member>, those: ReadonlyMap<string, Member>) =>
    [...these.values()].filter(({ at }) => !those.has(at) && !coveredBy(at, (above) => !those.has(above)));
  const changed = [...before.values()].flatMap((from) => {
    const to = after.get(from.at);
    const same = to === undefined || (to.form === from.form && to.description === from.description);
    return same ? [] : [{ at: from.at, from, to }];
  });
  return { added: only(after, before), removed: only(before, after), changed };
}

/** Whether the type, or the field of an argument, meets the condition. */
function coveredBy(at: string, meets: (above: string) => boolean): boolean {
  const [type = at] = at.split('.');
  const [field = at] = at.split('(');
  return (type !== at && meets(type)) || (field !== at && meets(field));
}

/** A change told in a line: `+ Customer.phone: String`. */
export function changeLines({ added, removed, changed }: SchemaChanges): readonly string[] {
  return [
    ...removed.map(({ at, form }) => `- ${at}: ${form}`),
    ...added.map(({ at, form }) => `+ ${at}: ${form}`),
    ...changed.map(({ at, from, to }) =>
      from.form === to.form ? `~ ${at}: ${newWords(from, to)}` : `~ ${at}: ${from.form} -> ${to.form}`,
    ),
  ];
}

const newWords = (from: Member, to: Member): string =>
  to.description
    .split('\n')
    .filter((line) => !from.description.split('\n').includes(line))
    .join(' ') || `no longer: ${from.description.split('\n').at(-1)}`;

/** Everything in a schema that has a name, but for what GraphQL itself defines. */
export function membersOf(schema: GraphQLSchema): ReadonlyMap<string, Member> {
  const found = new Map<string, Member>();
  const add = (at: string, form: string, about: Described) => {
    const deprecation = about.deprecationReason ?? null;
    const whole = deprecation === null ? form : `${form} @deprecated(reason: ${JSON.stringify(deprecation)})`;
    found.set(at, { at, form: whole, description: (about.description ?? '').trim(), deprecation });
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    if (isObjectType(type) || isInterfaceType(type)) {
      const faces = type.getInterfaces().map(({ name }) => name);
      const kind = isObjectType(type) ? 'type' : 'interface';
      add(type.name, faces.length === 0 ? kind : `${kind} implements ${faces.join(' & ')}`, type);
      for (const field of Object.values(type.getFields())) {
        const at = `${type.name}.${field.name}`;
        add(at, String(field.type), field);
        for (const argument of field.args) {
          add(`${at}(${argument.name}:)`, inputForm(argument), argument);
        }
      }
    } else if (isInputObjectType(type)) {
      add(type.name, 'input', type);
      for (const field of Object.values(type.getFields())) {
        add(`${type.name}.${field.name}`, inputForm(field), field);
      }
    } else if (isEnumType(type)) {
      add(type.name, 'enum', type);
      for (const value of type.getValues()) add(`${type.name}.${value.name}`, 'value', value);
    } else if (isUnionType(type)) {
      const members = type.getTypes().map(({ name }) => name);
      add(type.name, `union of ${members.join(' | ')}`, type);
    } else {
      add(type.name, 'scalar', type);
    }
  }
  return found;
}

interface Described {
  readonly description?: string | null | undefined;
  readonly deprecationReason?: string | null | undefined;
}

const inputForm = ({ type, defaultValue }: GraphQLArgument | GraphQLInputField): string =>
  defaultValue === undefined ? String(type) : `${type} = ${JSON.stringify(defaultValue)}`;
