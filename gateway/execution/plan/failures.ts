import type { GraphQLFormattedError } from 'graphql';
import { isTree, type Tree } from './tree.ts';

type Path = readonly (string | number)[];

/** An error that a subgraph gave, or the way to it. */
export interface Failure {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Where to show it when no null of the answer does; undefined: without a path. */
  readonly elsewhere: () => Path | undefined;
  /** Whether the answer shows it. */
  told: boolean;
}

/** A failure as it is seen from one null: `below` is what remains of its path from there. */
export interface FailureHere {
  readonly failure: Failure;
  readonly below: Path;
}

const NONE: readonly FailureHere[] = [];

interface Mark extends FailureHere {
  /** One field, or each field that a fetch was to bring. */
  readonly names: string | ReadonlySet<string>;
}

/**
 * Which nulls of the tree are explained by which errors. Failures are kept at the object and field that they left null, not
 * at a path: one answer may stand in many places of the response, and each of them has to name the error.
 */
export class Failures {
  readonly all: Failure[] = [];
  readonly #marks = new Map<object, Mark[]>();

  add(error: GraphQLFormattedError, elsewhere: Failure['elsewhere']): Failure {
    const failure: Failure = { message: error.message, extensions: error.extensions ?? {}, elsewhere, told: false };
    this.all.push(failure);
    return failure;
  }

  /** Marks the fields of an object. */
  mark(target: object, names: string | ReadonlySet<string>, failure: Failure, below: Path = []): void {
    const marks = this.#marks.get(target);
    const mark = { names, failure, below };
    if (marks === undefined) this.#marks.set(target, [mark]);
    else marks.push(mark);
  }

  /** Follows an error's path down from an object, and marks where the data end. */
  markAlong(target: Tree, path: Path, failure: Failure): void {
    let here: object = target;
    for (const [index, step] of path.entries()) {
      const next: unknown = (here as Tree)[step]; // lists are asked by their index
      const isLast = index === path.length - 1;
      if (isLast || next === null || typeof next !== 'object' || !(isTree(next) || Array.isArray(next))) {
        this.mark(here, String(step), failure, path.slice(index + 1));
        return;
      }
      here = next;
    }
  }

  /** What explains that a field of an object, or an entry of a list, is null: what names it, else what concerns all. */
  at(owner: object, name: string): readonly FailureHere[] {
    const marks = this.#marks.get(owner);
    if (marks === undefined) return NONE;
    const exact = marks.filter(({ names }) => names === name);
    return exact.length > 0 ? exact : marks.filter(({ names }) => typeof names !== 'string' && names.has(name));
  }

  /** What failed of an object, each with the name of its field; what failed of it as a whole is not among it. */
  of(owner: object): readonly (FailureHere & { readonly name: string })[] {
    const marks = this.#marks.get(owner) ?? [];
    return marks.flatMap(({ names, ...here }) => (typeof names === 'string' ? [{ ...here, name: names }] : []));
  }
}
