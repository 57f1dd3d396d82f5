import { type GraphQLEnumType, type GraphQLLeafType, isEnumType } from 'graphql';

/**
 * The JSON text of a value as a subgraph sent it; undefined where it is none of the type. `value` is never null.
 * @param plain no text needs an escape
 */
export type WriteLeaf = (value: unknown, plain: boolean) => string | undefined;

/** Above this a native search is faster than a loop over the characters. */
const SHORT = 40;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What JSON must escape, and surrogates: a lone one cannot be carried by UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be found
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string as JSON text. */
export function quoted(text: string): string {
  if (text.length > SHORT) return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const isPlain = code >= 0x20 && code !== QUOTE && code !== BACKSLASH && (code < 0xd800 || code > 0xdfff);
    if (!isPlain) return JSON.stringify(text);
  }
  return `"${text}"`;
}

const MAX_INT = 2 ** 31 - 1;

const BUILT_IN: Readonly<Record<string, WriteLeaf>> = {
  String: (value, plain) => (typeof value === 'string' ? (plain ? `"${value}"` : quoted(value)) : undefined),
  // GraphQL, 3.5.5: an ID may be sent as a whole number and is always answered as text.
  ID: (value, plain) =>
    typeof value === 'string'
      ? plain
        ? `"${value}"`
        : quoted(value)
      : Number.isSafeInteger(value)
        ? `"${String(value)}"`
        : undefined,
  Int: (value) =>
    typeof value === 'number' && Number.isInteger(value) && value <= MAX_INT && value >= -MAX_INT - 1
      ? String(value)
      : undefined,
  Float: (value) => (typeof value === 'number' && Number.isFinite(value) ? JSON.stringify(value) : undefined),
  Boolean: (value) => (typeof value === 'boolean' ? (value ? 'true' : 'false') : undefined),
};

/** How values of a scalar or an enum are written. A custom scalar's form is known to its subgraph only. */
export function leafWriter(type: GraphQLLeafType): WriteLeaf {
  if (isEnumType(type)) return enumWriter(type);
  return BUILT_IN[type.name] ?? ((value) => JSON.stringify(value));
}

function enumWriter(type: GraphQLEnumType): WriteLeaf {
  const texts = new Map<unknown, string>(type.getValues().map(({ name }) => [name, `"${name}"`]));
  return (value) => texts.get(value);
}
