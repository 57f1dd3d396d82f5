import type { FetchDataRewrite } from '@apollo/query-planner';
import { fieldOf, isTree, type Tree } from './tree.ts';
import type { IsOfType } from './types.ts';

const FRAGMENT = '... on ';

/**
 * Applies what a plan says about names and types that differ between the graph and one subgraph: before a representation is
 * sent (`inputRewrites`), or on what came back (`outputRewrites`). Changes `value` in place.
 */
export function rewrite(rewrites: readonly FetchDataRewrite[], value: unknown, isOfType: IsOfType): void {
  for (const one of rewrites) {
    const last = one.path.at(-1);
    if (last !== undefined) applyAt(value, one.path, 0, one, last, isOfType);
  }
}

function applyAt(
  value: unknown,
  path: readonly string[],
  at: number,
  rewrite: FetchDataRewrite,
  last: string,
  isOfType: IsOfType,
): void {
  if (Array.isArray(value)) {
    for (const entry of value) applyAt(entry, path, at, rewrite, last, isOfType);
    return;
  }
  if (!isTree(value)) return;
  if (at === path.length - 1) {
    apply(value, rewrite, last);
    return;
  }
  const step = path[at] ?? '';
  if (!step.startsWith(FRAGMENT)) {
    applyAt(fieldOf(value, step), path, at + 1, rewrite, last, isOfType);
    return;
  }
  const typename = value.__typename;
  if (typeof typename !== 'string' || isOfType(typename, step.slice(FRAGMENT.length))) {
    applyAt(value, path, at + 1, rewrite, last, isOfType);
  }
}

function apply(object: Tree, rewrite: FetchDataRewrite, name: string): void {
  if (rewrite.kind === 'ValueSetter') {
    object[name] = rewrite.setValueTo;
  } else if (Object.hasOwn(object, name)) {
    object[rewrite.renameKeyTo] = object[name];
    delete object[name];
  }
}

/** The path of an error in the names that the tree has after `rewrites`. */
export function rewrittenPath(
  rewrites: readonly FetchDataRewrite[],
  path: readonly (string | number)[],
): readonly (string | number)[] {
  let renamed = path;
  for (const one of rewrites) {
    if (one.kind !== 'KeyRenamer') continue;
    const names = one.path.filter((step) => !step.startsWith(FRAGMENT));
    const places = [...path.keys()].filter((index) => typeof path[index] === 'string').slice(0, names.length);
    const place = places.at(-1);
    const fits = places.length === names.length && places.every((index, nth) => path[index] === names[nth]);
    if (fits && place !== undefined) renamed = renamed.map((step, index) => (index === place ? one.renameKeyTo : step));
  }
  return renamed;
}
