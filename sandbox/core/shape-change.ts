/** A place in a JSON document: names of fields and positions in lists. */
type Place = readonly (string | number)[];

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Ways in which a vendor breaks its own contract, from the harmless-looking to the plain. */
const CHANGES: readonly ((holder: Record<string | number, Json>, name: string | number) => void)[] = [
  (holder, name) => {
    const value = holder[name];
    holder[name] = typeof value === 'number' ? String(value) : typeof value === 'string' ? { value } : 'changed';
  },
  (holder, name) => {
    delete holder[name];
  },
  (holder, name) => {
    holder[`${name}_v2`] = holder[name] ?? null;
    delete holder[name];
  },
  (holder, name) => {
    holder[name] = [];
  },
];

/**
 * A JSON answer with one field changed in type, left out, renamed or emptied. The same `turn` changes the same field of
 * the same answer; the turns after one another go through fields and ways. `field` names the one to change, as in
 * `data.0.amount` or only `amount`. What is not JSON, or holds no field, comes back as it is.
 */
export function shapeChange(body: string, turn: number, field?: string): string {
  let root: Json;
  try {
    root = JSON.parse(body) as Json; // JSON.parse answers nothing but JSON
  } catch {
    return body; // not JSON: there is no shape to change
  }
  const places = fieldsOf(root).filter((place) => field === undefined || matches(place, field));
  const place = places[(turn * STRIDE) % Math.max(places.length, 1)];
  const name = place?.at(-1);
  if (place === undefined || name === undefined) return body;
  const holder = place.slice(0, -1).reduce<Json>((node, step) => child(node, step), root);
  const change = CHANGES[turn % CHANGES.length];
  change?.(holder as Record<string, Json>, name); // a place ends in a field of an object
  return JSON.stringify(root);
}

/** Prime, so that turns reach fields far apart. */
const STRIDE = 7;

const child = (node: Json, step: string | number): Json =>
  node !== null && typeof node === 'object' ? ((node as Record<string | number, Json>)[step] ?? null) : null; // lists take numbers, objects names

const matches = (place: Place, field: string): boolean => {
  const path = place.join('.');
  return path === field || path.endsWith(`.${field}`);
};

/** Every field of every object, of lists only the first entry: the others look like it. */
function fieldsOf(node: Json, path: Place = []): Place[] {
  if (Array.isArray(node)) return node.length === 0 ? [] : fieldsOf(node[0] ?? null, [...path, 0]);
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([name, value]) => [[...path, name], ...fieldsOf(value, [...path, name])]);
}
