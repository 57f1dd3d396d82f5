import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { type ExecutionResult, type GraphQLFormattedError, type GraphQLSchema, getOperationAST, parse } from 'graphql';
import type { HubContext } from '../../../../gateway/context.ts';
import { createExecutor, type RequestContext } from '../../../../gateway/execution/executor.ts';
import { readAnswer } from '../../../../gateway/execution/transports/subgraph-answer.ts';
import type { Transport } from '../../../../gateway/execution/transports/transport.ts';
import { HubError } from '../../../../platform/errors.ts';
import { silentLog } from '../../../../platform/log.ts';
import { principalOf } from '../../../../platform/principal.ts';

/** One fetch as a subgraph sees it. It may reject: the subgraph cannot be reached. It may answer anything: subgraphs do. */
export type Subgraph = (query: string, variables: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface Told {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly data: unknown;
  readonly errors: readonly Told[];
}

export type Run = (
  query: string,
  variables?: Readonly<Record<string, unknown>>,
  operationName?: string,
) => Promise<Answer>;

/** A way to run operations over subgraphs. */
export type Runner = (supergraphSdl: string, subgraphs: Readonly<Record<string, Subgraph>>) => Promise<Running>;

export interface Running {
  readonly schema: GraphQLSchema;
  readonly run: Run;
  /** Operations that another runner had to take over. */
  fallbacks(): number;
  stop(): Promise<void>;
}

/** The hub's own. */
export const hub: Runner = async (supergraphSdl, subgraphs) => {
  const transports = Object.fromEntries(
    Object.entries(subgraphs).map(([name, answer]): [string, Transport] => [
      name,
      {
        // Read as every transport over a wire reads it.
        async fetch({ query, variables }) {
          const read = readAnswer(JSON.stringify(await answer(query, variables ?? {})) ?? '');
          if (read === undefined) throw new HubError('CONTRACT_BROKEN', `${name} gave no readable answer`);
          return read;
        },
        close: async () => {},
      },
    ]),
  );
  const executor = createExecutor({ supergraphSdl, transports, log: silentLog, scalars: {} });
  const { schema } = executor;
  return {
    schema,
    run: async (query, variables = {}, operationName) =>
      plain(await executor.execute(requestFor({ query, variables, operationName, schema }))),
    fallbacks: () => executor.counts.fallbacks,
    stop: () => executor.stop(),
  };
};

/** ApolloGateway's plan runner, whatever the hub's is by now. */
export const apollo: Runner = async (supergraphSdl, subgraphs) => {
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name }): GraphQLDataSource => ({
      process: async ({ request }) =>
        asWire(await subgraphs[name]?.(request.query ?? '', request.variables ?? {})) as never, // any shape, as above
    }),
    logger: silent,
  });
  const { schema, executor } = await gateway.load({ apollo: {} } as never); // it reads nothing of a graph's key here
  return {
    schema,
    run: async (query, variables = {}, operationName) => {
      const result = await executor(requestFor({ query, variables, operationName, schema }) as never);
      const { extensions, errors, ...rest } = result as ExecutionResult; // one interface, typed in two packages
      const unfit = extensions?.valueCompletion as ExecutionResult['errors']; // what the runner nulled while shaping
      return plain({ ...rest, errors: [...(errors ?? []), ...(unfit ?? [])] });
    },
    fallbacks: () => 0,
    stop: () => gateway.stop(),
  };
};

interface Request {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
  readonly schema: unknown;
}

/** What Apollo Server hands to a plan runner, as far as plan runners read it. */
function requestFor({ query, variables, operationName, schema }: Request): RequestContext {
  const document = parse(query);
  const context: HubContext = {
    correlationId: 'c',
    principal: principalOf({ id: 'p', name: 'test', scopes: [] }),
    call: { correlationId: 'c', signal: new AbortController().signal },
    deadlineAt: Date.now() + 60_000,
    notes: [],
    keptByTransports: new Map(),
  };
  return {
    request: { query, variables: { ...variables }, ...(operationName === undefined ? {} : { operationName }) },
    document,
    operation: getOperationAST(document, operationName),
    operationName: operationName ?? null,
    source: query,
    queryHash: query,
    schema,
    context,
    contextValue: context,
    metrics: {},
    cache: new Map(),
    logger: silentLog,
    overallCachePolicy: {},
  } as never; // a part of the request's life that runners do not see is left out
}

/** As it would have come over a wire: nothing is shared, nothing is undefined. */
const asWire = (answer: unknown): unknown => (answer === undefined ? {} : JSON.parse(JSON.stringify(answer)));

/** ApolloGateway also hands on what was thrown, which JSON would lose. */
function asTold(error: Error & { toJSON?: () => GraphQLFormattedError }): Told {
  return error.toJSON?.() ?? { message: error.message };
}

/** Whatever holds the data and the errors, as a client would read them. */
export function plain(result: { data?: unknown; errors?: unknown }): Answer {
  const told = Array.isArray(result.errors) ? result.errors.map(asTold) : [];
  const { data } = JSON.parse(JSON.stringify({ data: result.data })) as { data?: unknown };
  return { data: data ?? null, errors: JSON.parse(JSON.stringify(told)) };
}
