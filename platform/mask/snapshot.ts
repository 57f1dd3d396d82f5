import type { DataClass } from '../principal.ts';
import { type FieldData, isMasked } from './data-classes.ts';
import { maskText } from './mask.ts';
import { scrub } from './scrub.ts';
import { dataClasses } from './spoken-of.ts';

let known: ReadonlyMap<string, FieldData> | undefined;

/** What is meant by a property's name alone: names of sensitive fields that no other field of the graph bears. */
function sensitiveNames(): ReadonlyMap<string, FieldData> {
  if (known !== undefined) return known;
  const byName = Map.groupBy(dataClasses(), ([coordinate]) => coordinate.slice(coordinate.indexOf('.') + 1));
  const found = new Map<string, FieldData>();
  for (const [name, fields] of byName) {
    const [first] = fields;
    if (first !== undefined && fields.every(([, { mask }]) => mask !== null)) found.set(name, first[1]);
  }
  known = found;
  return found;
}

/**
 * A journaled JSON value as a caller with these classes may read it: properties that are named as a sensitive field are masked
 * as that field is, text anywhere else holds no addresses, account numbers and secrets. @param unmasked classes shown in full
 */
export function snapshotFor(value: unknown, unmasked: readonly DataClass[]): unknown {
  if (typeof value === 'string') return unmasked.includes('PERSONAL') ? value : scrub(value);
  if (Array.isArray(value)) return value.map((one) => snapshotFor(one, unmasked));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const data = sensitiveNames().get(name);
      if (one === null || !isMasked(data, unmasked)) return [name, snapshotFor(one, unmasked)];
      return [name, typeof one === 'string' ? maskText(data.mask, one) : null];
    }),
  );
}
