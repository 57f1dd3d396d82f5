import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  buildASTSchema,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLScalarType,
  type GraphQLSchema,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { LRUCache } from 'lru-cache';
import { HubError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { graphqlError } from '../../platform/subgraph/errors.ts';
import { scalarResolvers } from '../../platform/subgraph/scalars.ts';
import type { HubContext } from '../context.ts';
import { AnswerText } from './answer-text.ts';
import { createApolloRunner } from './apollo-runner.ts';
import { type CompiledOperation, compileOperation } from './operation/compile.ts';
import { conditionValues } from './operation/conditions.ts';
import { type Kept, type Shape, shapeOf } from './operation/shape.ts';
import { asking } from './plan/ask.ts';
import { NotCovered } from './plan/compile.ts';
import { Failures } from './plan/failures.ts';
import { newRun } from './plan/run.ts';
import { createTypeCheck } from './plan/types.ts';
import { createPlanner } from './planning/planner.ts';
import { compileProjection } from './projection/compile.ts';
import { compileIntrospection } from './projection/introspection.ts';
import type { Masks } from './projection/masked.ts';
import { Projecting } from './projection/state.ts';
import { subgraphsOf, systemsOf } from './supergraph.ts';
import type { Transport } from './transports/transport.ts';

type Gateway = ApolloServerOptionsWithGateway<HubContext>['gateway'];
export type RequestContext = Parameters<NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>>[0];

/** What is kept from a caller; `key` is equal for callers from whom the same is kept. */
export interface Denied extends Kept {
  readonly key: string;
  /** `Type.field` of each sensitive field that is shown masked. Default: none. */
  readonly masked?: ReadonlySet<string>;
}

export interface ExecutorCounts {
  /** Operations that were run. */
  runs: number;
  /** Of these, those that Apollo's runner ran because ours does not cover them. */
  fallbacks: number;
  fetches: number;
  /** Fetches to which there was no answer. */
  failedFetches: number;
}

export const newCounts = (): ExecutorCounts => ({ runs: 0, fallbacks: 0, fetches: 0, failedFetches: 0 });

/** Runs operations over the subgraphs of one supergraph. */
export interface Executor {
  /** The API schema, without anything of federation in it. */
  readonly schema: GraphQLSchema;
  /**
   * Runs one validated operation. `data` is an `AnswerText`. What is denied to the caller is null, with an error, and not
   * fetched. Errors carry their path and the extensions that the subgraphs gave. `shown`: the schema as the caller may read
   * it by introspection; default: all of it.
   */
  execute(request: RequestContext, denied?: Denied, shown?: () => GraphQLSchema): Promise<ExecutionResult>;
  /**
   * Compiles an operation ahead of its first request: as for a caller from whom nothing is kept, with conditions at their
   * defaults. What has no plan is told at the request. `queryHash`: the SHA-256 of the text, in hexadecimal digits.
   */
  prepare(document: DocumentNode, operation: OperationDefinitionNode, queryHash: string): void;
  readonly counts: Readonly<ExecutorCounts>;
  stop(): Promise<void>;
}

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  /** By subgraph name; every subgraph of the supergraph needs one. */
  readonly transports: Readonly<Record<string, Transport>>;
  readonly log: Logger;
  /** Forms of scalars, by name. Default: those of the hub's own graph; another graph may mean something else by `Date`. */
  readonly scalars?: Readonly<Record<string, unknown>>;
  /** Fields that can be masked, or whose every full value is told. Default: none. */
  readonly sensitive?: Masks['sensitive'];
  /** Where it counts what it does. Default: counts of its own. */
  readonly counts?: ExecutorCounts;
}

/** Operations, each under known conditions and for one kind of caller, that are kept compiled. */
const KEPT_OPERATIONS = 2_000;

const NOTHING_MASKED: ReadonlySet<string> = new Set();

/** An operation that our runner does not cover: the answer is written from what Apollo's runner gives. */
type Uncovered = Pick<CompiledOperation, 'shape' | 'project' | 'introspect'> & { readonly fetch?: undefined };

/** @throws UnplannableSupergraph; Error naming subgraphs without a transport */
export function createExecutor(options: ExecutorOptions): Executor {
  const { supergraphSdl, transports, log, counts = newCounts() } = options;
  const supergraph = parse(supergraphSdl);
  const missing = subgraphsOf(supergraph).filter((name) => transports[name] === undefined);
  if (missing.length > 0) throw new Error(`No way to these subgraphs was given: ${missing.sort().join(', ')}`);
  const planner = createPlanner(supergraphSdl);
  const { schema } = planner;
  checkValuesEarly(schema, options.scalars ?? scalarResolvers);
  const system = systemsOf(supergraph);
  const fetching = {
    isOfType: createTypeCheck(buildASTSchema(supergraph, { assumeValidSDL: true, assumeValid: true })),
    ask: (name: string) => {
      const transport = transports[name];
      if (transport === undefined) throw new Error(`The plan names a subgraph ${name} that the supergraph does not`);
      return asking(transport, { system: system(name), log, counts });
    },
  };
  const apollo = createApolloRunner({ supergraphSdl, ask: fetching.ask, log });
  const compiled = new LRUCache<string, CompiledOperation | Uncovered>({ max: KEPT_OPERATIONS });

  const compile = (shape: Shape, denied: Denied | undefined): CompiledOperation | Uncovered => {
    const { sensitive } = options;
    const masks = sensitive && { sensitive, masked: denied?.masked ?? NOTHING_MASKED };
    try {
      return compileOperation(shape, planner, schema, fetching, masks);
    } catch (error) {
      if (!(error instanceof NotCovered)) throw error;
      log.warn({ operation: shape.shown.name?.value }, `${error.message}; Apollo's runner takes its place`);
      const byResponseName = compileProjection(shape, schema, (field) => (field.alias ?? field.name).value, masks);
      return { shape, project: byResponseName, introspect: compileIntrospection(shape) };
    }
  };

  const compiledAs = (key: string, denied: Denied | undefined, shape: () => Shape): CompiledOperation | Uncovered => {
    let found = compiled.get(key);
    if (found === undefined) {
      found = compile(shape(), denied);
      compiled.set(key, found);
    }
    return found;
  };

  return {
    schema,
    counts,
    prepare(document, operation, queryHash) {
      const values = conditionValues(document, defaultsOf(operation));
      const key = keyOf({ queryHash }, operation, values, undefined);
      try {
        compiledAs(key, undefined, () => shapeOf(document, operation, values, undefined, schema));
      } catch (error) {
        if (!(error instanceof HubError)) throw error; // a request for it is told the same
      }
    },
    async execute(request, denied, shown = () => schema) {
      const { document, operation, context } = request;
      if (operation === undefined) throw new Error('An operation is chosen before it is run');
      const given = request.request.variables ?? {};
      const { coerced, errors } = coercedVariables(schema, operation, given);
      if (errors !== undefined) return { errors };
      const values = conditionValues(document, coerced);
      const key = keyOf(request, operation, values, denied);
      let found: CompiledOperation | Uncovered;
      try {
        found = compiledAs(key, denied, () => shapeOf(document, operation, values, denied, schema));
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        return { errors: [graphqlError(error)] };
      }
      counts.runs += 1;
      if (found.fetch === undefined) {
        counts.fallbacks += 1;
        return project(
          found,
          await fallBack(found.shape, key, request),
          found.introspect(coerced, shown),
          context as HubContext,
        );
      }
      const run = newRun(given, context as HubContext); // the gateway's own door makes every context
      await found.fetch(run);
      const state = new Projecting(run, found.introspect(coerced, shown), found.shownAs);
      return answer(found.project(run.tree, state), state, context as HubContext);
    },
    stop: () => apollo.stop(),
  };

  function fallBack(shape: Shape, key: string, request: RequestContext): Promise<ExecutionResult> {
    return shape.planned === undefined ? Promise.resolve({ data: {} }) : apollo.run(shape.planned, key, request);
  }
}

function project(
  { project }: Uncovered,
  { data, errors }: ExecutionResult,
  introspected: ReadonlyMap<string, string>,
  context: HubContext,
): ExecutionResult {
  if (data === undefined) return errors === undefined ? {} : { errors };
  const state = new Projecting(
    { failures: new Failures(), unresolved: new Set(), plain: false },
    introspected,
    (step) => step,
  );
  const text = data === null ? 'null' : project(data, state);
  state.errors.push(...(errors ?? []));
  return answer(text, state, context);
}

function answer(text: string, state: Projecting, { fullReads, masked }: HubContext): ExecutionResult {
  state.tellTheRest();
  for (const coordinate of state.inFull) fullReads?.add(coordinate);
  for (const coordinate of state.masked) masked?.add(coordinate);
  const data = new AnswerText(text);
  const result = { data: data as never }; // Apollo Server only passes it on, to `stringifyResult`
  return state.errors.length === 0 ? result : { ...result, errors: state.errors };
}

const NO_VARIABLES = Object.freeze({});

/** With defaults; the values of the operation's own types were checked. */
function coercedVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): { coerced: Readonly<Record<string, unknown>>; errors?: ExecutionResult['errors'] } {
  if (variableDefinitions.length === 0) return { coerced: NO_VARIABLES };
  const { coerced, errors } = getVariableValues(schema, variableDefinitions, given);
  return coerced === undefined ? { coerced: NO_VARIABLES, errors } : { coerced };
}

/** The variables that can decide a condition, as they are where a request leaves them out. */
const defaultsOf = ({ variableDefinitions = [] }: OperationDefinitionNode): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.BOOLEAN ? [[variable.name.value, defaultValue.value]] : [],
    ),
  );

/** Equal for requests that share plan and answer form. */
function keyOf(
  { queryHash }: Pick<RequestContext, 'queryHash'>,
  { name }: OperationDefinitionNode,
  values: ReadonlyMap<string, boolean>,
  denied: Denied | undefined,
): string {
  let bits = '';
  for (const value of values.values()) bits += value ? '1' : '0';
  // A caller without any scope has an empty key, and is not one to whom nothing is denied.
  const view = denied === undefined ? 'all' : `without ${denied.key}`;
  return `${queryHash} ${name?.value ?? ''} ${bits} ${view}`;
}

/** The planner reads no scalar's form; with ours in place a bad value is refused before any system is asked. */
function checkValuesEarly(schema: GraphQLSchema, scalars: Readonly<Record<string, unknown>>): void {
  for (const [name, resolver] of Object.entries(scalars)) {
    const type = schema.getType(name);
    if (isScalarType(type)) {
      const { parseValue, parseLiteral } = resolver as GraphQLScalarType; // every resolver of a scalar's name is a scalar
      Object.assign(type, { parseValue, parseLiteral });
    }
  }
}
