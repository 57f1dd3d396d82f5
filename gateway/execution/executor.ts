import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLScalarType,
  type GraphQLSchema,
  isScalarType,
  parse,
  print,
} from 'graphql';
import type { Logger } from '../../platform/log.ts';
import { scalarResolvers } from '../../platform/subgraph/scalars.ts';
import type { HubContext } from '../context.ts';
import { dataSource } from './data-source.ts';
import { systemsOf, withoutSecurity } from './supergraph.ts';
import type { Transport } from './transports/transport.ts';

type Gateway = ApolloServerOptionsWithGateway<HubContext>['gateway'];
export type RequestContext = Parameters<NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>>[0];

/** Runs operations over the subgraphs. The seam: who replaces the plan runner replaces this file and keeps its promises. */
export interface Executor {
  /** The API schema, without anything of federation in it. */
  load(): Promise<GraphQLSchema>;
  /** Runs one validated operation. Errors carry their path and the extensions that the subgraphs gave. */
  execute(request: RequestContext): Promise<ExecutionResult>;
  stop(): Promise<void>;
}

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  /** By subgraph name; every subgraph of the supergraph needs one. */
  readonly transports: Readonly<Record<string, Transport>>;
  readonly log: Logger;
}

/** Today's executor: Apollo's planner and plan runner over our transports. @throws Error naming subgraphs without a transport */
export function createExecutor(options: ExecutorOptions): Executor {
  const { transports, log } = options;
  const missing: string[] = [];
  const supergraph = parse(options.supergraphSdl);
  const system = systemsOf(supergraph);
  process.env.APOLLO_TELEMETRY_DISABLED = 'true'; // ApolloGateway reports to its maker unless told otherwise, and reads only this
  const apollo = new ApolloGateway({
    supergraphSdl: print(withoutSecurity(supergraph)),
    buildService: ({ name }) => {
      const transport = transports[name];
      if (transport === undefined) missing.push(name);
      return dataSource(transport ?? unreachable, { system: system(name), log });
    },
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    logger: { debug() {}, info() {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
  });
  let run: Awaited<ReturnType<ApolloGateway['load']>>['executor'];

  return {
    async load() {
      const loaded = await apollo.load({ apollo: {} });
      if (missing.length > 0) throw new Error(`No way to these subgraphs was given: ${missing.sort().join(', ')}`);
      run = loaded.executor;
      checkValuesEarly(loaded.schema);
      return loaded.schema;
    },
    async execute(request) {
      return withCompletionErrors((await run(request as never)) as ExecutionResult); // one interface, typed in two packages
    },
    stop: () => apollo.stop(),
  };
}

/** Apollo's planner reads no scalar's form; with ours in place a bad value is refused before any system is asked. */
function checkValuesEarly(schema: GraphQLSchema): void {
  for (const [name, resolver] of Object.entries(scalarResolvers)) {
    const type = schema.getType(name);
    if (isScalarType(type)) {
      const { parseValue, parseLiteral } = resolver as GraphQLScalarType; // every resolver of a scalar's name is a scalar
      Object.assign(type, { parseValue, parseLiteral });
    }
  }
}

/** Values that do not fit the graph: Apollo's runner nulls them and tells of it only in `extensions`. */
function withCompletionErrors({ data, errors, extensions }: ExecutionResult): ExecutionResult {
  const unfit: unknown = extensions?.valueCompletion;
  const told = Array.isArray(unfit)
    ? unfit.map(
        (error: GraphQLError) =>
          new GraphQLError('A system left out, or sent in another form, what the graph promises here', {
            path: error.path,
            extensions: { code: 'SOURCE_SCHEMA_MISMATCH', retryable: false },
          }),
      )
    : errors;
  return { ...(data === undefined ? {} : { data }), ...(told === undefined ? {} : { errors: told }) };
}

const unreachable: Transport = {
  fetch: () => Promise.reject(new Error('No transport')),
  close: async () => {},
};
