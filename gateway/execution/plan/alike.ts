import type { Kind, Representation } from './representation.ts';
import type { Tree } from './tree.ts';

/** Objects that are represented alike, and so asked for once. */
export interface Alike {
  /** Their representation as JSON text. */
  readonly text: string;
  readonly objects: readonly Tree[];
}

type Group = Alike & { readonly objects: Tree[] };
/** Maps by one key after the other, with groups at the end. */
type Level = Map<unknown, unknown>;

/** Under it stand values that are objects, by their texts: a text may also be a value. */
const OBJECTS = Symbol('objects');

/** In the order in which they first come. Objects that lack a part of their representation are in no group. */
export function groupAlike(objects: readonly Tree[], representation: Representation, plain: boolean): Alike[] {
  const groups: Group[] = [];
  const levels = new Map<Kind, Level>();
  let kind: Kind | undefined;
  let top: Level = new Map();
  for (const object of objects) {
    const ofObject = representation.kindOf(object);
    if (ofObject !== kind) {
      kind = ofObject;
      top = below(levels, kind);
    }
    const group = groupIn(top, kind, object, plain);
    if (group === undefined || group.objects.push(object) > 1) continue;
    groups.push(group);
  }
  return groups;
}

function groupIn(top: Level, { keys, write }: Kind, object: Tree, plain: boolean): Group | undefined {
  let level = top;
  const last = keys.length - 1;
  for (let index = 0; index <= last; index++) {
    let value = keys[index]?.(object);
    if (value === undefined) return undefined;
    if (typeof value === 'object' && value !== null) {
      level = below(level, OBJECTS);
      value = JSON.stringify(value);
    }
    if (index < last) {
      level = below(level, value);
      continue;
    }
    const known = level.get(value) as Group | undefined; // at the end stand groups
    if (known !== undefined) return known;
    const text = write(object, plain);
    if (text === undefined) return undefined;
    const group = { text, objects: [] };
    level.set(value, group);
    return group;
  }
  return undefined;
}

function below(level: Map<unknown, unknown>, key: unknown): Level {
  let next = level.get(key) as Level | undefined; // above the end stand maps
  if (next === undefined) {
    next = new Map();
    level.set(key, next);
  }
  return next;
}
