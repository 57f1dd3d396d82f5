import type { FetchNode } from '@apollo/query-planner';
import { parse } from 'graphql';
import type { SubgraphAnswer } from '../transports/transport.ts';
import { type Alike, groupAlike } from './alike.ts';
import type { Failure, Failures } from './failures.ts';
import type { FetchOptions, PlacedFetch } from './fetch.ts';
import { entityNames } from './names.ts';
import { compileRepresentation, type Representation } from './representation.ts';
import { rewrite, rewrittenPath } from './rewrites.ts';
import type { Run, Step } from './run.ts';
import { compileSend } from './send.ts';
import { isTree, merge, pathTo, type Tree, targetsAt } from './tree.ts';
import type { IsOfType } from './types.ts';

/** One request for entities, of which several fetches of a plan may make use. */
export interface EntityRequest {
  /** Set once it is sent. */
  answer: Promise<SubgraphAnswer>;
  /** Representations in it, as JSON texts. */
  count: number;
  text: string;
  /** Its errors, once somebody read them: told once, wherever they show. */
  failures: readonly Failure[] | undefined;
}

/** Where in which request a representation was asked for. */
export interface Place {
  readonly request: EntityRequest;
  readonly index: number;
}

/** The objects that wait for a request, by the place of their representation in it. */
type Waiting = Map<EntityRequest, Map<number, readonly Tree[]>>;

interface Compiled {
  readonly path: readonly string[];
  readonly question: string | undefined;
  readonly representation: Representation;
  readonly isOfType: IsOfType;
  readonly subgraph: string;
  readonly names: ReadonlySet<string>;
  readonly rewrites: NonNullable<FetchNode['outputRewrites']>;
}

/**
 * Fetches more about the objects at `path`. Each is asked for once, however often it stands there; and where another fetch
 * of the plan asks the same, only what that one has not asked for.
 */
export function fetchEntities(
  placed: PlacedFetch & { readonly required: NonNullable<FetchNode['requires']> },
  { ask, isOfType }: FetchOptions,
): Step {
  const { node, path, question } = placed;
  const representation = representationOf(placed, isOfType);
  const names = entityNames(parse(node.operation, { noLocation: true }));
  const send = compileSend(node, ask);
  const { outputRewrites: rewrites = [], serviceName: subgraph } = node;
  const compiled: Compiled = { path, question, representation, isOfType, subgraph, names, rewrites };
  const at = path.join('\n');
  return (run) => {
    const { waiting, request } = askFor(alikeAt(at, compiled, run), compiled, run);
    if (request.count > 0) request.answer = send(request.text, run);
    if (waiting.size === 0) return undefined;
    const taken: Promise<void>[] = [];
    for (const [asked, targets] of waiting) {
      taken.push(asked.answer.then((answer) => take(compiled, asked, targets, answer, run)));
    }
    return taken.length === 1 ? taken[0] : Promise.all(taken).then(() => {});
  };
}

function representationOf(
  { node, required, representations }: Parameters<typeof fetchEntities>[0],
  isOfType: IsOfType,
): Representation {
  const key = JSON.stringify([required, node.inputRewrites]);
  let representation = representations.get(key);
  if (representation === undefined) {
    representation = compileRepresentation(required, isOfType, node.inputRewrites);
    representations.set(key, representation);
  }
  return representation;
}

/** The objects to ask more about, grouped. Fetches that begin together at one path find them once. */
function alikeAt(at: string, { path, representation, names }: Compiled, run: Run): readonly Alike[] {
  let { reached } = run;
  if (reached?.path !== at) {
    reached = { path: at, targets: targetsAt(run.tree, path, run.shares), alike: new Map() };
    run.reached = reached;
  }
  const { failures } = run;
  if (failures.all.length > 0) {
    const sound = reached.targets.filter(
      (object) => !inherits(failures, representation.kindOf(object).failuresIn(object, failures), object, names),
    );
    return groupAlike(sound, representation, run.plain);
  }
  let alike = reached.alike.get(representation);
  if (alike === undefined) {
    alike = groupAlike(reached.targets, representation, run.plain);
    reached.alike.set(representation, alike);
  }
  return alike;
}

function askFor(
  groups: readonly Alike[],
  { question }: Compiled,
  run: Run,
): { waiting: Waiting; request: EntityRequest } {
  const request: EntityRequest = { answer: NOT_SENT, count: 0, text: '', failures: undefined };
  const waiting: Waiting = new Map();
  const asked = question === undefined ? undefined : placesOf(run, question);
  for (const { text, objects } of groups) {
    let place = asked?.get(text);
    if (place === undefined) {
      place = { request, index: request.count };
      request.text += request.count === 0 ? text : `,${text}`;
      request.count += 1;
      asked?.set(text, place);
    }
    let targets = waiting.get(place.request);
    if (targets === undefined) {
      targets = new Map();
      waiting.set(place.request, targets);
    }
    // Two groups may be told apart by what is not sent of them.
    const others = targets.get(place.index);
    targets.set(place.index, others === undefined ? objects : [...others, ...objects]);
  }
  return { waiting, request };
}

const NOT_SENT: Promise<SubgraphAnswer> = Promise.resolve({ data: null });

function placesOf(run: Run, question: string): Map<string, Place> {
  let places = run.asked.get(question);
  if (places === undefined) {
    places = new Map();
    run.asked.set(question, places);
  }
  return places;
}

/** What depends on something that failed has failed for the same reason. */
function inherits(failures: Failures, lacking: readonly Failure[], object: Tree, names: ReadonlySet<string>): boolean {
  for (const failure of lacking) failures.mark(object, names, failure);
  return lacking.length > 0;
}

function take(
  compiled: Compiled,
  asked: EntityRequest,
  waiting: ReadonlyMap<number, readonly Tree[]>,
  answer: SubgraphAnswer,
  run: Run,
): void {
  const { isOfType, rewrites, names } = compiled;
  run.reached = undefined;
  if (answer.plain !== true) run.plain = false;
  const entities: unknown = answer.data?._entities;
  const fits = Array.isArray(entities) && entities.length === asked.count;
  for (const [index, targets] of waiting) {
    const entity: unknown = fits ? entities[index] : null;
    if (!isTree(entity)) {
      // Null is an entity that the subgraph does not know; anything else that is no object is an answer it never promised.
      if (fits && entity === null) for (const target of targets) run.unresolved.add(target);
      continue;
    }
    const flat = isFlat(entity);
    // Sharing its parts among these is safe: they stand at one path of the plan, so that later fetches treat them alike.
    const own = compiled.question === undefined || flat ? entity : structuredClone(entity);
    if (!flat && targets.length > 1) run.shares = true;
    if (rewrites.length > 0) {
      own.__typename ??= targets[0]?.__typename;
      rewrite(rewrites, own, isOfType);
    }
    merge(targets, own, isOfType);
  }
  if (answer.errors === undefined && fits) return;
  const failures = failuresOf(compiled, asked, waiting, answer, fits, run);
  for (const [nth, failure] of failures.entries()) {
    const [list, index, ...below] = answer.errors?.[nth]?.path ?? [];
    const ofOne = list === '_entities' && typeof index === 'number';
    const rest = rewrittenPath(rewrites, below);
    for (const target of ofOne ? (waiting.get(index) ?? []) : [...waiting.values()].flat()) {
      if (!ofOne || rest.length === 0) run.failures.mark(target, names, failure);
      else run.failures.markAlong(target, rest, failure);
    }
  }
}

/** Whether nothing of an entity is an object that two places of the tree might come to share. */
function isFlat(entity: Tree): boolean {
  for (const name in entity) if (typeof entity[name] === 'object' && entity[name] !== null) return false;
  return true;
}

/** One failure for each error of the answer, and one more where fields went without an error that concerns them. */
function failuresOf(
  { path, rewrites, subgraph }: Compiled,
  asked: EntityRequest,
  waiting: ReadonlyMap<number, readonly Tree[]>,
  { errors = [] }: SubgraphAnswer,
  fits: boolean,
  run: Run,
): readonly Failure[] {
  if (asked.failures !== undefined) return asked.failures;
  const failures = errors.map((error) => {
    const [, index, ...below] = error.path ?? [];
    const first = typeof index === 'number' ? waiting.get(index)?.[0] : undefined;
    return run.failures.add(error, () => {
      const place = first === undefined ? undefined : pathTo(run.tree, path, first);
      return place === undefined ? undefined : [...place, ...rewrittenPath(rewrites, below)];
    });
  });
  const concernEach = errors.some((error) => typeof error.path?.[1] !== 'number');
  if (!fits && !concernEach) {
    failures.push(run.failures.add(errors.length === 0 ? unreadable(subgraph) : lost(subgraph), () => undefined));
  }
  asked.failures = failures;
  return failures;
}

const unreadable = (subgraph: string) => ({
  message: `${subgraph} gave another number of answers than it was asked for`,
  extensions: { code: 'SOURCE_BAD_RESPONSE', retryable: false },
});

/** For the fields that went with the one that an error names. */
const lost = (subgraph: string) => ({
  message: `${subgraph} could not answer this part`,
  extensions: { code: 'SOURCE_UNAVAILABLE', retryable: true },
});
