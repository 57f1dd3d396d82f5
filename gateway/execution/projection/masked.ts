import { type GraphQLOutputType, getNullableType, isLeafType, isListType, isNonNullType } from 'graphql';
import { HIDDEN, type Mask, maskText } from '../../../platform/mask/mask.ts';
import type { Write } from './compile.ts';
import { quoted } from './leaves.ts';

/** What of a view the projection has to know of masks; fields are named `Type.field`. */
export interface Masks {
  /** Fields of which every full value that is shown is told; with their mask, if there is one. */
  readonly sensitive: ReadonlyMap<string, Mask | null>;
  /** Those of them that are shown masked. */
  readonly masked: ReadonlySet<string>;
}

/**
 * Writes values of a sensitive field: masked, or in full and told. What cannot carry its mask is null; where it may not be
 * null either, it is refused (`hub check` lets no such field into the schema).
 */
export function sensitiveWriter(
  coordinate: string,
  type: GraphQLOutputType,
  write: Write,
  depth: number,
  { sensitive, masked }: Masks,
): Write {
  const mask = sensitive.get(coordinate);
  if (mask === undefined) return write;
  if (mask === null || !masked.has(coordinate)) {
    return (value, state) => {
      const text = write(value, state);
      if (text !== undefined) state.inFull.add(coordinate);
      return text;
    };
  }
  const masking = maskedWriter(mask, type);
  const mayBeNull = !isNonNullType(type);
  return (value, state) => {
    const text = masking(value);
    if (text === undefined && !mayBeNull) state.refuse(depth);
    else state.masked.add(coordinate);
    return text;
  };
}

/** The masked form as JSON text; undefined: nothing is shown. */
function maskedWriter(mask: Mask, type: GraphQLOutputType): (value: unknown) => string | undefined {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const write = maskedWriter(mask, nullable.ofType);
    const mayBeNull = !isNonNullType(nullable.ofType);
    return (list) => {
      if (!Array.isArray(list)) return undefined;
      const texts = list.map((value) => (value == null ? undefined : write(value)));
      return texts.includes(undefined) && !mayBeNull ? undefined : `[${texts.map((text) => text ?? 'null').join(',')}]`;
    };
  }
  if (!isLeafType(nullable) || !isText(nullable.name)) return () => undefined;
  return (value) => quoted(typeof value === 'string' ? maskText(mask, value) : HIDDEN);
}

const isText = (name: string): boolean => name === 'String' || name === 'ID';
