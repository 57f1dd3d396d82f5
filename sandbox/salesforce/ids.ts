import { withSuffix } from '../data/keys.ts';
import { OBJECTS, type ObjectName } from './objects.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** First position of every range in `keys.salesforce`. */
const FIRST = 1_000_003;

export type SalesforceId = string;

/** The 18-character form of an id of either length; undefined for what is none. The suffix of 18 characters must fit. */
export function fullId(text: string): SalesforceId | undefined {
  if (!/^[A-Za-z0-9]{15}([A-Z0-5]{3})?$/i.test(text)) return undefined;
  const full = withSuffix(text.slice(0, 15));
  return text.length === 15 || full.slice(15) === text.slice(15).toUpperCase() ? full : undefined;
}

const BY_PREFIX = new Map<string, ObjectName>(
  Object.entries(OBJECTS).map(([name, shape]) => [shape.prefix, name as ObjectName]),
); // keys of OBJECTS

/** Which object an id belongs to, by its first three characters. */
export const objectOfId = (id: SalesforceId): ObjectName | undefined => BY_PREFIX.get(id.slice(0, 3));

/** Position of a seeded record in its range; undefined for ids made since, and for other shapes. */
export function seededPosition(id: SalesforceId): number | undefined {
  if (id.slice(3, 5) !== 'Q8') return undefined;
  let value = 0;
  for (const character of id.slice(5, 15)) {
    const digit = BASE62.indexOf(character);
    if (digit < 0) return undefined;
    value = value * 62 + digit;
  }
  return value - FIRST;
}

/** Id of a record that was not seeded, and of the users: `series` `Q9` sorts after every seeded id. */
export function idAt(object: ObjectName, position: number, series: 'Q8' | 'Q9'): SalesforceId {
  let opaque = '';
  for (let rest = series === 'Q8' ? position + FIRST : position; opaque.length < 10; rest = Math.floor(rest / 62)) {
    opaque = BASE62.charAt(rest % 62) + opaque;
  }
  return withSuffix(OBJECTS[object].prefix + series + opaque);
}
