import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  isAbstractType,
  Kind,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Logger } from '../../platform/log.ts';

import { dataSource } from './data-source.ts';
import type { RequestContext } from './executor.ts';
import { operationIn } from './operation/conditions.ts';
import type { Ask } from './plan/ask.ts';
import { withoutSecurity } from './supergraph.ts';

/** Apollo's own plan runner, for what ours does not cover. */
export interface ApolloRunner {
  /** Runs the operation of `document`; `hash` differs between documents. The data name the type of each abstract object. */
  run(document: DocumentNode, hash: string, request: RequestContext): Promise<ExecutionResult>;
  stop(): Promise<void>;
}

/** Loads ApolloGateway when it is first needed: on most graphs it never is. */
export function createApolloRunner(options: {
  readonly supergraphSdl: string;
  readonly ask: (subgraph: string) => Ask;
  readonly log: Logger;
}): ApolloRunner {
  const { log } = options;
  const load = async () => {
    const supergraph = parse(options.supergraphSdl);
    process.env.APOLLO_TELEMETRY_DISABLED = 'true'; // it reports to its maker unless told otherwise, and reads only this
    const { ApolloGateway } = await import('@apollo/gateway'); // 30 MB that most graphs never need
    const apollo = new ApolloGateway({
      supergraphSdl: print(withoutSecurity(supergraph)),
      buildService: ({ name }) => dataSource(options.ask(name)),
      __exposeQueryPlanExperimental: false,
      validateSupergraph: true,
      logger: { debug() {}, info() {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
    });
    const { executor, schema } = await apollo.load({ apollo: {} });
    return { apollo, execute: executor, schema };
  };
  let loading: ReturnType<typeof load> | undefined;

  return {
    async run(document, hash, request) {
      loading ??= load();
      const { execute, schema } = await loading;
      const types = new TypeInfo(schema);
      const named = visit(
        document,
        visitWithTypeInfo(types, {
          SelectionSet: (set) =>
            isAbstractType(types.getParentType()) ? { ...set, selections: [...set.selections, TYPENAME] } : undefined,
        }),
      );
      const operation = operationIn(named, request.operation?.name?.value);
      const asked = { ...request, document: named, operation, queryHash: hash };
      return withCompletionErrors((await execute(asked as never)) as ExecutionResult); // one interface, typed in two packages
    },
    async stop() {
      await (await loading)?.apollo.stop();
    },
  };
}

const TYPENAME = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;

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
