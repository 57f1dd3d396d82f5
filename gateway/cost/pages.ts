import { type FieldNode, type GraphQLField, getNamedType, getNullableType, isListType } from 'graphql';
import type { Amount, Given } from './points.ts';
import type { ListSize } from './rules.ts';
import type { Reader, Reading } from './values.ts';

/** Arguments that say how long a page is where the schema has no `@listSize`. */
const USUAL_ARGUMENTS = ['first', 'last'];
/** Lists of a connection, as clients of pages know them. */
const USUAL_LISTS = ['nodes', 'edges'];

/** A field of one operation whose arguments say how long a list is. */
export interface Page {
  /** Name of the field. */
  readonly field: string;
  /** By the arguments' names; each gives a number where the request says one. */
  readonly sizes: readonly { readonly argument: string; readonly value: Reading }[];
  /** Whether one argument at most may be given. */
  readonly oneOnly: boolean;
  /** Whether one has to be given: nothing says how long the list is without. */
  readonly required: boolean;
}

/** What the schema says of a field's list; what it does not say, the names of its arguments do. undefined: nothing does. */
export function listSizeOf(
  field: GraphQLField<unknown, unknown>,
  declared: ListSize | undefined,
): ListSize | undefined {
  if (declared !== undefined) return declared;
  const slicingArguments = field.args
    .filter(({ name, type }) => USUAL_ARGUMENTS.includes(name) && getNamedType(type).name === 'Int')
    .map(({ name }) => name);
  if (slicingArguments.length === 0) return undefined;
  const sizedFields = isListType(getNullableType(field.type)) ? [] : USUAL_LISTS;
  return { assumedSize: undefined, slicingArguments, sizedFields, oneRequired: false };
}

/** The page that a field asks for, and how many entries it has. `otherwise`: entries where nothing says how many. */
export function pageOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  size: ListSize,
  { reader, otherwise }: { reader: Reader; otherwise: number },
): { page: Page | undefined; entries: Amount } {
  const fallback = defaultOf(field, size) ?? size.assumedSize ?? otherwise; // a default is what the subgraph is asked for
  const sizes = size.slicingArguments.map((argument) => {
    const [name, ...path] = argument.split('.');
    return { argument, value: reader.value(node.arguments?.find((given) => given.name.value === name)?.value, path) };
  });
  if (sizes.length === 0) return { page: undefined, entries: fallback };
  const entries = (given: Given): number => {
    let most: number | undefined;
    for (const { value } of sizes) {
      const asked = value.read(given);
      if (isInt(asked) && (most === undefined || asked > most)) most = asked; // what is no Int is refused later
    }
    return Math.max(0, most ?? fallback);
  };
  const page: Page = {
    field: node.name.value,
    sizes,
    oneOnly: size.oneRequired || size.slicingArguments.every((name) => USUAL_ARGUMENTS.includes(name)),
    required: size.oneRequired && size.assumedSize === undefined && defaultOf(field, size) === undefined,
  };
  return { page, entries: sizes.every(({ value }) => value.constant) ? entries({}) : entries };
}

/** The largest default of the arguments. */
function defaultOf(field: GraphQLField<unknown, unknown>, { slicingArguments }: ListSize): number | undefined {
  const defaults = field.args
    .filter(({ name }) => slicingArguments.includes(name))
    .map(({ defaultValue }) => defaultValue)
    .filter((value) => typeof value === 'number');
  return defaults.length === 0 ? undefined : Math.max(...defaults);
}

const isInt = (value: unknown): value is number => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
