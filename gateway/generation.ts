import { createHash } from 'node:crypto';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type DocumentNode, type GraphQLError, parse } from 'graphql';
import type { Logger } from '../platform/log.ts';
import { type DataClasses, readDataClasses } from '../platform/mask/data-classes.ts';
import { readOwnership } from '../platform/ownership/ownership.ts';
import type { GatewayConfig } from './config.ts';
import type { HubContext } from './context.ts';
import { createPrices } from './cost/prices.ts';
import { warnOfUnknown } from './cost/upstreams.ts';
import { createDocuments } from './documents.ts';
import { createExecutor, type ExecutorCounts, type RequestContext } from './execution/executor.ts';
import { systemsOf } from './execution/supergraph.ts';
import type { Transport } from './execution/transports/transport.ts';
import type { Answered } from './http/answers.ts';
import type { Limiter } from './limits/limiter.ts';
import { type LiveField, readLiveFields } from './live/live-fields.ts';
import { createRepeating, type Repeated } from './live/repeated.ts';
import { planAhead } from './operations/plan-ahead.ts';
import { prepareRegistered, warnOfBroken } from './operations/prepare-registered.ts';
import { type Operation, runOperation } from './operations/run-operation.ts';
import { asOne } from './plugins/as-one.ts';
import type { Audit } from './plugins/audit.ts';
import { correlation } from './plugins/correlation.ts';
import { cost } from './plugins/cost.ts';
import { deadline } from './plugins/deadline.ts';
import type { createErrorFormat } from './plugins/errors.ts';
import { explaining } from './plugins/explain.ts';
import { ids } from './plugins/ids.ts';
import { introspection } from './plugins/introspection.ts';
import { masked } from './plugins/masked.ts';
import { operationChoice } from './plugins/operation-choice.ts';
import { sources } from './plugins/sources.ts';
import { createArgumentPolicy } from './policy/arguments.ts';
import { createContracts } from './policy/contracts.ts';
import { enforcing } from './policy/enforce.ts';
import { graphInputs, tellingInputs } from './policy/inputs.ts';
import { createMaskPolicy } from './policy/masks.ts';
import { readReads } from './policy/reads.ts';
import { createScopePolicy, type Denied, readRequirements, undefinedPolicies } from './policy/scopes.ts';

/** The way to each subgraph, by its name. */
export type Transports = Readonly<Record<string, Transport>>;

export interface GenerationOptions {
  readonly supergraphSdl: string;
  /** Makes the ways to this supergraph's subgraphs; they belong to the generation and are closed with it. */
  readonly transports: (supergraph: DocumentNode) => Transports;
  /** Nobody is asked who he is, and the scopes that the graph asks for count for nothing. */
  readonly openToAll: boolean;
  /** Whether changes are heard of, so that subscriptions can be offered. */
  readonly live: boolean;
  /** Forms of scalars, by name. Default: those of the hub's own graph. */
  readonly scalars?: Readonly<Record<string, unknown>>;
  readonly config: GatewayConfig;
  /** Counts what callers spend; it outlives the generation. null: nothing is counted. */
  readonly limiter: Limiter | null;
  readonly formatError: ReturnType<typeof createErrorFormat>;
  /** Where its executor counts what it does. */
  readonly counts: ExecutorCounts;
  /** Records acts and denials; null: nothing is recorded. */
  readonly audit: Audit | null;
  readonly log: Logger;
}

/** Everything that belongs to one supergraph. Never changed: another supergraph makes another generation. */
export interface Generation {
  readonly supergraphSdl: string;
  /** Names the graph: the same text, the same name, in every process. */
  readonly graph: string;
  /** What keeps a document from being run against this graph; empty when nothing does. */
  prepare(text: string): readonly GraphQLError[];
  /**
   * The query that is asked in place of a subscription whose text was prepared; prepared as well. null: the operation is
   * none. @throws HttpRefusal where subscriptions are not offered
   */
  repeated(text: string, operationName: string | undefined): Promise<Repeated | null>;
  /** Runs one request whose document was prepared by this same generation. */
  run(operation: Operation, context: HubContext): Promise<Answered>;
  /** For when nobody asks it any more. */
  close(): Promise<void>;
}

/** A supergraph that cannot be served; the message says why, for operators. */
export class SupergraphRefused extends Error {
  constructor(why: string, cause: unknown) {
    super(why, { cause });
    this.name = 'SupergraphRefused';
  }
}

/** Builds a generation to its end, or leaves nothing open. @throws SupergraphRefused */
export async function createGeneration(options: GenerationOptions): Promise<Generation> {
  await using opened = new AsyncDisposableStack();
  try {
    const generation = await build(options, opened);
    const kept = opened.move();
    return { ...generation, close: () => kept.disposeAsync() };
  } catch (cause) {
    throw new SupergraphRefused(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const NOTHING: Denied = { fields: new Set(), types: new Set(), key: '' };

async function build(options: GenerationOptions, opened: AsyncDisposableStack): Promise<Omit<Generation, 'close'>> {
  const { supergraphSdl, config, log } = options;
  const supergraph = parse(supergraphSdl);
  const requirements = readRequirements(supergraph);
  const transports = tellingInputs(options.transports(supergraph), graphInputs(supergraph, requirements));
  opened.defer(async () => {
    await Promise.all(Object.values(transports).map((transport) => transport.close()));
  });
  const classes: DataClasses = options.openToAll ? new Map() : readDataClasses(supergraphSdl);
  const { sensitive, maskedTo } = createMaskPolicy(classes);
  const executor = createExecutor({
    supergraphSdl,
    transports,
    log,
    sensitive,
    counts: options.counts,
    ...(options.scalars === undefined ? {} : { scalars: options.scalars }),
  });
  let stopped: Promise<void> | undefined; // asked by Apollo Server as well
  const stop = () => {
    stopped ??= executor.stop();
    return stopped;
  };
  const { schema } = executor;
  opened.defer(stop);
  const documents = createDocuments({ schema, limits: config.limits });
  const liveFields = options.live ? readLiveFields(supergraph, schema, requirements) : new Map<string, LiveField>();
  warnOfUnknown(config.cost.upstreams, Object.keys(transports), log);
  warnOfBroken(prepareRegistered(config.registered, documents), log);
  const { policies } = config;
  const deniedTo = options.openToAll ? () => NOTHING : createScopePolicy(requirements, schema, policies);
  const unknown = options.openToAll ? [] : undefinedPolicies(requirements, policies);
  if (unknown.length > 0) {
    log.warn({ policies: unknown }, 'The graph asks for policies that HUB_POLICIES does not define: nobody meets them');
  }
  const argumentPolicy = createArgumentPolicy(schema, readReads(supergraph, schema), deniedTo([]).types);
  const { writes, owners } = readOwnership(supergraphSdl);
  const contracts = createContracts({ schema, deniedTo, barredTo: argumentPolicy.barredTo, classes, writes });
  const enforced = enforcing(executor, { schema, deniedTo, argumentPolicy, maskedTo, writes, contracts });
  const execute = options.audit?.around(enforced) ?? enforced;
  const apollo = new ApolloServer<HubContext>({
    gateway: {
      load: async () => ({ schema, executor: (request) => execute(request as RequestContext) }),
      onSchemaLoadOrUpdate: (listener) => {
        listener({ apiSchema: schema, coreSupergraphSdl: supergraphSdl });
        return () => {};
      },
      stop,
    },
    documentStore: documents.store,
    formatError: options.formatError,
    nodeEnv: 'production',
    introspection: true, // judged by the caller's rights (plugins/introspection.ts)
    persistedQueries: { cache: documents.texts }, // none of a client's: see runOperation
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: { debug() {}, info() {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
    plugins: [
      asOne([
        operationChoice({ live: liveFields.size > 0 }),
        introspection({ development: config.development }),
        ids(schema, config.limits),
        cost({
          prices: createPrices(supergraph, schema, config.cost),
          limits: config.limits,
          upstreams: config.cost.upstreams,
          system: systemsOf(supergraph),
          limiter: options.limiter,
        }),
        sources,
        masked,
        explaining({
          ...{ supergraph, schema, requirements, policies, owners, classes, deniedTo, maskedTo },
          development: config.development,
        }),
        deadline,
        correlation, // last: it counts and names the errors that the others leave
      ]),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  opened.defer(() => apollo.stop());
  const over = new AbortController();
  opened.defer(() => over.abort());
  planAhead(config.registered, { documents, executor, signal: over.signal }).catch((error) =>
    log.error({ err: error }, 'A registered operation could not be planned ahead'),
  );

  return {
    supergraphSdl,
    graph: createHash('sha256').update(supergraphSdl).digest('hex').slice(0, 16),
    prepare: (text) => documents.prepare(text),
    repeated: createRepeating({ schema, documents, fields: liveFields }),
    run: (operation, context) => runOperation(apollo, operation, documents.hashOf(operation.envelope.query), context),
  };
}
