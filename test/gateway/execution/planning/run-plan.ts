import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  parse,
  responsePathAsArray,
  validate,
} from 'graphql';
import type { Planned } from '../../../../gateway/execution/planning/planner.ts';
import { schemaOf } from './graphs.ts';

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Runs a plan by the book, one fetch after the other, and nothing more: these tests judge plans, not who runs them. */
export async function runPlan(
  { plan, treeNames }: Planned,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  api: GraphQLSchema,
  supergraphSdl: string,
  schemas: ReadonlyMap<string, GraphQLSchema>,
): Promise<ExecutionResult> {
  const supergraph = buildSchema(supergraphSdl, { assumeValid: true, assumeValidSDL: true });
  const tree: Tree = {};
  const errors: GraphQLError[] = [];
  const isOfType = (name: string, condition: string) => {
    const [type, wider] = [supergraph.getType(name), supergraph.getType(condition)];
    return name === condition || (isAbstractType(wider) && isObjectType(type) && supergraph.isSubType(wider, type));
  };

  if (plan.node?.kind === 'Subscription') throw new Error('Not run here');
  if (plan.node) await run(plan.node, [tree]);
  const shaped = await execute({
    schema: api,
    document,
    variableValues: variables,
    rootValue: tree,
    fieldResolver: (source: Tree, _args, _context, { fieldNodes: [field], path }) =>
      source[(field && treeNames.get(field)) ?? String(responsePathAsArray(path).at(-1))],
    typeResolver: (value: Tree) => String(value.__typename),
  });
  return { data: shaped.data ?? null, errors: [...errors, ...(shaped.errors ?? [])] };

  async function run(node: PlanNode, at: readonly unknown[]): Promise<void> {
    if (node.kind === 'Sequence' || node.kind === 'Parallel') for (const child of node.nodes) await run(child, at);
    else if (node.kind === 'Flatten') await run(node.node, node.path.reduce(into, at));
    else if (node.kind === 'Fetch') await fetch(node, at.filter(isTree));
    else throw new Error(`Not run here: ${node.kind}`);
  }

  async function fetch(node: FetchNode, objects: readonly Tree[]): Promise<void> {
    if (objects.length === 0) return;
    const given = Object.fromEntries((node.variableUsages ?? []).map((name) => [name, variables[name]]));
    const { requires } = node;
    if (requires === undefined) {
      const data = await ask(node, given);
      rewritten(data, node.outputRewrites ?? []);
      for (const object of objects) merge(object, data);
      return;
    }
    const sent = objects.flatMap((object) => {
      const representation = selected(object, requires);
      return representation?.__typename === undefined ? [] : [{ object, representation }];
    });
    if (sent.length === 0) return;
    for (const { representation } of sent) rewritten(representation, node.inputRewrites ?? []);
    const data = await ask(node, { ...given, representations: sent.map(({ representation }) => representation) });
    const entities = (data as { _entities?: unknown[] } | null)?._entities ?? [];
    for (const [index, entity] of entities.entries()) {
      rewritten(entity, node.outputRewrites ?? []);
      merge(sent[index]?.object, entity);
    }
  }

  async function ask(node: FetchNode, given: Record<string, unknown>): Promise<unknown> {
    const schema = schemaOf(schemas, node.serviceName);
    const operation = parse(node.operation);
    const wrong = validate(schema, operation);
    if (wrong.length > 0) throw new Error(`${node.operation}: ${wrong.map(({ message }) => message).join('; ')}`);
    const result = await execute({ schema, document: operation, variableValues: given });
    errors.push(...(result.errors ?? []));
    return JSON.parse(JSON.stringify(result.data ?? null));
  }

  function selected(object: Tree, selections: readonly QueryPlanSelectionNode[]): Tree | undefined {
    const found: Tree = {};
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') {
        if (selection.typeCondition && !isOfType(String(object.__typename), selection.typeCondition)) continue;
        const part = selected(object, selection.selections);
        if (part) merge(found, part);
        continue;
      }
      const value = object[selection.name];
      if (value === undefined) return undefined;
      const deep = (one: unknown): unknown =>
        Array.isArray(one) ? one.map(deep) : isTree(one) ? selected(one, selection.selections ?? []) : one;
      found[selection.name] = selection.selections ? deep(value) : value;
    }
    return found;
  }

  function rewritten(value: unknown, rewrites: readonly FetchDataRewrite[]): void {
    for (const rewrite of rewrites) at(value, rewrite.path, rewrite);
  }

  function at(value: unknown, [step = '', ...rest]: readonly string[], rewrite: FetchDataRewrite): void {
    if (Array.isArray(value)) for (const one of value) at(one, [step, ...rest], rewrite);
    if (!isTree(value)) return;
    if (step.startsWith('... on ')) {
      const name = value.__typename;
      if (typeof name !== 'string' || isOfType(name, step.slice('... on '.length))) at(value, rest, rewrite);
    } else if (rest.length > 0) at(value[step], rest, rewrite);
    else if (rewrite.kind === 'ValueSetter') value[step] = rewrite.setValueTo;
    else if (step in value) {
      value[rewrite.renameKeyTo] = value[step];
      delete value[step];
    }
  }
}

const into = (values: readonly unknown[], step: string | number): unknown[] =>
  values.flatMap((value) => (step === '@' ? value : isTree(value) ? [value[step]] : []));

function merge(target: unknown, source: unknown): void {
  if (!isTree(target) || !isTree(source)) return;
  for (const [name, value] of Object.entries(source)) {
    const known = target[name];
    if (isTree(known) && isTree(value)) merge(known, value);
    else if (Array.isArray(known) && Array.isArray(value)) {
      for (const [index, one] of value.entries()) {
        if (isTree(known[index])) merge(known[index], one);
        else known[index] = one;
      }
    } else target[name] = value;
  }
}
