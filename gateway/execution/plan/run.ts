import type { HubContext } from '../../context.ts';
import type { Alike } from './alike.ts';
import { Failures } from './failures.ts';
import type { Place } from './fetch-entities.ts';
import type { Representation } from './representation.ts';
import type { Tree } from './tree.ts';

/** The objects at one path. */
export interface Reached {
  readonly path: string;
  readonly targets: readonly Tree[];
  readonly alike: Map<Representation, readonly Alike[]>;
}

/** One run of a plan for one request. */
export interface Run {
  /** Starts empty, ends with all that the plan fetches. */
  readonly tree: Tree;
  readonly failures: Failures;
  /** Objects that a subgraph was asked for and does not have: what it was to tell of them is null, and no error. */
  readonly unresolved: Set<object>;
  /** What was asked for so far, by question and representation. */
  readonly asked: Map<string, Map<string, Place>>;
  /** The objects that were last looked for, until more is put into the tree. */
  reached: Reached | undefined;
  /** Whether anything of the tree may stand in it twice. */
  shares: boolean;
  /** Whether no text of the tree needs an escape in JSON. */
  plain: boolean;
  /** As the client sent them, checked against the operation. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: HubContext;
}

/** A part of a plan. Never rejects: what goes wrong is in the run's failures. */
export type Step = (run: Run) => Promise<void> | undefined;

export const newRun = (variables: Readonly<Record<string, unknown>>, context: HubContext): Run => ({
  tree: {},
  failures: new Failures(),
  unresolved: new Set(),
  asked: new Map(),
  reached: undefined,
  shares: false,
  plain: true,
  variables,
  context,
});
