import type { IsOfType } from './types.ts';

/** What subgraphs have answered so far, by response name; grows with each fetch. */
export type Tree = Record<string, unknown>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Puts what a fetch brought into what is there. Objects are joined field by field, lists of the same length entry by
 * entry, anything else replaces. `source` belongs to `targets` afterwards.
 */
export function merge(targets: readonly Tree[], source: Tree, isOfType: IsOfType): void {
  const names = Object.keys(source);
  for (const target of targets) {
    for (const name of names) {
      const value = source[name];
      const before = target[name];
      // A function is what every object inherits, such as `toString`: not a field.
      if (before === undefined || typeof before === 'function' || name === '__proto__') set(target, name, value);
      else if (name === '__typename') target[name] = narrower(before, value, isOfType);
      else target[name] = joined(before, value, isOfType);
    }
  }
}

/** A subgraph that knows an interface as an object names the interface where others name the type behind it. */
const narrower = (before: unknown, value: unknown, isOfType: IsOfType): unknown =>
  typeof before === 'string' && typeof value === 'string' && isOfType(before, value) ? before : value;

function joined(before: unknown, value: unknown, isOfType: IsOfType): unknown {
  if (before === null || typeof before !== 'object' || value === undefined) return value ?? before;
  if (value === null) return before; // another subgraph knows more of it
  if (typeof value !== 'object') return value;
  if (Array.isArray(before)) {
    if (!Array.isArray(value) || value.length !== before.length) return value;
    for (let index = 0; index < value.length; index++) before[index] = joined(before[index], value[index], isOfType);
    return before;
  }
  if (Array.isArray(value)) return value;
  merge([before as Tree], value as Tree, isOfType); // both are objects and no lists
  return before;
}

/** A field of the tree. Response names may be those of what every object inherits, such as `constructor`. */
export function fieldOf(tree: Tree, name: string): unknown {
  const value = tree[name];
  return typeof value !== 'function' && name !== '__proto__'
    ? value
    : Object.getOwnPropertyDescriptor(tree, name)?.value;
}

/** A response name may be `__proto__`; assigning it would change what the object is. */
function set(target: Tree, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * The objects at a path such as `users`, `@`, `reviews`, where `@` stands for each entry of a list; each once, though it may
 * stand in many places. Nulls are left out.
 * @param shares whether anything may stand in two places
 */
export function targetsAt(root: Tree, path: readonly string[], shares: boolean): Tree[] {
  const found: Tree[] = [];
  collect(root, path, 0, found, shares ? new Set() : undefined);
  return found;
}

/** What was `met` is not walked again: what entities share, they share with their lists. */
function collect(
  value: unknown,
  path: readonly string[],
  at: number,
  found: Tree[],
  met: Set<unknown> | undefined,
): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    if (met?.has(value)) return;
    met?.add(value);
    // Lists of lists have one `@` for each; a path that ends before them means all their entries.
    const next = path[at] === '@' ? at + 1 : at;
    for (let index = 0; index < value.length; index++) collect(value[index], path, next, found, met);
    return;
  }
  if (at === path.length) {
    if (met?.has(value)) return;
    met?.add(value);
    found.push(value as Tree); // an object and no list
    return;
  }
  const step = path[at] ?? '';
  if (step !== '@') collect(fieldOf(value as Tree, step), path, at + 1, found, met);
}

/** Where an object first stands below the root; undefined: nowhere. Slow: only errors ask for it. */
export function pathTo(root: Tree, path: readonly string[], wanted: object): (string | number)[] | undefined {
  const search = (value: unknown, at: number, here: (string | number)[]): (string | number)[] | undefined => {
    if (value === wanted && at === path.length) return here;
    if (value === null || typeof value !== 'object') return undefined;
    if (Array.isArray(value)) {
      const next = path[at] === '@' ? at + 1 : at;
      for (const [index, entry] of value.entries()) {
        const found = search(entry, next, [...here, index]);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const step = path[at];
    if (step === undefined || step === '@') return undefined;
    return search(fieldOf(value as Tree, step), at + 1, [...here, step]);
  };
  return search(root, 0, []);
}
