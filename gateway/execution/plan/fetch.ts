import type { FetchNode } from '@apollo/query-planner';
import { parse } from 'graphql';
import type { SubgraphFetch } from '../../../platform/subgraph/operations.ts';
import type { SubgraphAnswer } from '../transports/transport.ts';
import type { Ask } from './ask.ts';
import type { Failures } from './failures.ts';
import { entityNames, rootNames } from './names.ts';
import { compileRepresentation, type Representation } from './representation.ts';
import { rewrite, rewrittenPath } from './rewrites.ts';
import type { Run, Step } from './run.ts';
import { isTree, merge, pathTo, type Tree, targetsAt } from './tree.ts';
import type { IsOfType } from './types.ts';

export interface FetchOptions {
  /** The way to a subgraph, by its name in the supergraph. */
  readonly ask: (subgraph: string) => Ask;
  readonly isOfType: IsOfType;
}

/** What of a fetch is the same for each request. */
interface Compiled {
  readonly node: FetchNode;
  readonly path: readonly string[];
  readonly isOfType: IsOfType;
  readonly send: (representations: string | undefined, run: Run) => Promise<SubgraphAnswer>;
}

/** Fetches root fields into the tree, or more about the objects at `path`, each asked for once however often it stands there. */
export function compileFetch(node: FetchNode, path: readonly string[], options: FetchOptions): Step {
  const compiled: Compiled = { node, path, isOfType: options.isOfType, send: compileSend(node, options.ask) };
  return node.requires === undefined ? fetchRoot(compiled) : fetchEntities(compiled, node.requires);
}

function fetchRoot(compiled: Compiled): Step {
  const { node, path, isOfType } = compiled;
  const names = rootNames(parse(node.operation, { noLocation: true }));
  return async (run) => {
    const targets = path.length === 0 ? [run.tree] : targetsAt(run.tree, path);
    if (targets.length === 0) return;
    const { data, errors } = await compiled.send(undefined, run);
    if (node.outputRewrites !== undefined) rewrite(node.outputRewrites, data, isOfType);
    for (const [index, target] of targets.entries()) {
      // The answer's objects must not stand in two places of the tree.
      if (isTree(data)) merge(target, index === 0 ? data : structuredClone(data), isOfType);
    }
    for (const error of errors ?? []) {
      const errorPath = error.path === undefined ? undefined : rewrittenPath(node.outputRewrites ?? [], error.path);
      const failure = run.failures.add(error, () => (errorPath === undefined ? undefined : [...path, ...errorPath]));
      for (const target of targets) {
        if (errorPath === undefined || errorPath.length === 0) run.failures.mark(target, names, failure);
        else run.failures.markAlong(target, errorPath, failure);
      }
    }
  };
}

/** The objects that share a representation, and what the subgraph is asked for. */
interface Asked {
  /** The representations as JSON text, one after the other. */
  text: string;
  readonly targets: Tree[][];
}

function fetchEntities(compiled: Compiled, required: NonNullable<FetchNode['requires']>): Step {
  const { node, path, isOfType } = compiled;
  const representation = compileRepresentation(required, isOfType, node.inputRewrites);
  const names = entityNames(parse(node.operation, { noLocation: true }));
  return (run) => {
    const asked = askFor(targetsAt(run.tree, path), representation, names, run.failures);
    if (asked.targets.length === 0) return undefined;
    return compiled.send(asked.text, run).then((answer) => take(compiled, names, asked, answer, run));
  };
}

function askFor(
  objects: readonly Tree[],
  representation: Representation,
  names: ReadonlySet<string>,
  failures: Failures,
): Asked {
  const places = new Map<unknown, Map<unknown, number>>();
  const asked: Asked = { text: '', targets: [] };
  for (const object of objects) {
    const kind = representation.kindOf(object);
    if (failures.all.length > 0) {
      const lacking = kind.failuresIn(object, failures);
      for (const failure of lacking) failures.mark(object, names, failure);
      if (lacking.length > 0) continue;
    }
    const identity = kind.identify(object);
    if (identity === undefined) continue;
    let known = places.get(kind);
    if (known === undefined) {
      known = new Map();
      places.set(kind, known);
    }
    const place = known.get(identity);
    if (place === undefined) {
      const text = kind.write(object);
      if (text === undefined) continue;
      known.set(identity, asked.targets.length);
      asked.text += asked.targets.length === 0 ? text : `,${text}`;
      asked.targets.push([object]);
    } else {
      asked.targets[place]?.push(object);
    }
  }
  return asked;
}

function take(compiled: Compiled, names: ReadonlySet<string>, asked: Asked, answer: SubgraphAnswer, run: Run): void {
  const { node, path, isOfType } = compiled;
  const { data, errors } = answer;
  const entities: unknown = data?._entities;
  const fits = Array.isArray(entities) && entities.length === asked.targets.length;
  for (const [index, targets] of asked.targets.entries()) {
    const entity: unknown = fits ? entities[index] : null;
    if (!isTree(entity)) {
      // Null is an entity that the subgraph does not know; anything else that is no object is an answer it never promised.
      if (fits && entity === null) for (const target of targets) run.unresolved.add(target);
      continue;
    }
    if (node.outputRewrites !== undefined) {
      entity.__typename ??= targets[0]?.__typename;
      rewrite(node.outputRewrites, entity, isOfType);
    }
    // Sharing its parts is safe here: all these objects stand at one path of the plan, so that later fetches treat them alike.
    for (const target of targets) merge(target, entity, isOfType);
  }
  for (const error of errors ?? []) {
    const [list, index, ...below] = error.path ?? [];
    const targets = list === '_entities' && typeof index === 'number' ? asked.targets[index] : undefined;
    const rest = rewrittenPath(node.outputRewrites ?? [], below);
    const first = targets?.[0];
    const failure = run.failures.add(error, () => {
      const place = first === undefined ? undefined : pathTo(run.tree, path, first);
      return place === undefined ? undefined : [...place, ...rest];
    });
    for (const target of targets ?? asked.targets.flat()) {
      if (targets === undefined || rest.length === 0) run.failures.mark(target, names, failure);
      else run.failures.markAlong(target, rest, failure);
    }
  }
  if (fits) return;
  const toldOfEach = errors?.some(({ path }) => typeof path?.[1] !== 'number') ?? false;
  if (toldOfEach) return;
  const failure = run.failures.add(
    errors === undefined ? unreadable(node.serviceName) : lost(node.serviceName),
    () => undefined,
  );
  for (const target of asked.targets.flat()) run.failures.mark(target, names, failure);
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

/** Writes the request to the subgraph: its text is prepared as far as it does not depend on the request. */
function compileSend(node: FetchNode, ask: FetchOptions['ask']): Compiled['send'] {
  const send = ask(node.serviceName);
  const { query, operationName } = named(node);
  const usages = node.variableUsages ?? [];
  const head = `{"query":${JSON.stringify(query)}${operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`}`;
  const isMutation = node.operationKind === 'mutation';

  return (representations, run) => {
    const given: string[] = representations === undefined ? [] : [`"representations":[${representations}]`];
    for (const name of usages) {
      const value = Object.hasOwn(run.variables, name) ? run.variables[name] : undefined;
      if (value !== undefined) given.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    }
    const variables = given.length === 0 ? undefined : `{${given.join(',')}}`;
    const fetch: SubgraphFetch = {
      query,
      operationName,
      isMutation,
      body: variables === undefined ? `${head}}` : `${head},"variables":${variables}}`,
      get variables() {
        return variables === undefined ? undefined : (JSON.parse(variables) as Record<string, unknown>); // written above
      },
    };
    return send(fetch, run.context);
  };
}

/** Without the number that the planner gives each fetch: equal questions at two places of a plan are then equal in text. */
function named(node: FetchNode): { query: string; operationName: string | undefined } {
  const numbered = node.operationName;
  if (numbered === undefined) return { query: node.operation, operationName: undefined };
  const operationName = /^(.+?)__\w+?__\d+$/.exec(numbered)?.[1];
  const head = new RegExp(`^(\\s*(?:query|mutation)\\s+)${numbered}`);
  const query = node.operation.replace(head, (_all, keyword: string) => `${keyword}${operationName ?? ''}`);
  return { query, operationName };
}
