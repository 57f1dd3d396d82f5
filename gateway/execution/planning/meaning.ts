import { type ArgumentNode, type FieldNode, Kind, print, type ValueNode } from 'graphql';

/** What a field asks for, whatever it is called in the answer: its name and arguments. Equal texts ask for the same. */
export function meaningOf({ name, arguments: args }: Pick<FieldNode, 'name' | 'arguments'>): string {
  return args?.length ? `${name.value}(${argumentsText(args)})` : name.value;
}

/** Arguments and fields of input objects have no order; GraphQL compares them so, and so must this. */
const argumentsText = (args: readonly ArgumentNode[]) =>
  args
    .map(({ name, value }) => `${name.value}: ${print(ordered(value))}`)
    .sort()
    .join(', ');

function ordered(value: ValueNode): ValueNode {
  if (value.kind === Kind.LIST) return { ...value, values: value.values.map(ordered) };
  if (value.kind !== Kind.OBJECT) return value;
  const fields = value.fields.map((field) => ({ ...field, value: ordered(field.value) }));
  return { ...value, fields: fields.sort((a, b) => (a.name.value < b.name.value ? -1 : 1)) };
}
