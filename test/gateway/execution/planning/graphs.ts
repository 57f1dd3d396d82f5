import { composeServices } from '@apollo/composition';
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, type ExecutionResult, type GraphQLSchema, parse, validate } from 'graphql';
import { createPlanner, type Planner } from '../../../../gateway/execution/planning/planner.ts';
import { runPlan } from './run-plan.ts';

process.env.APOLLO_TELEMETRY_DISABLED = 'true';

export interface Subgraph {
  readonly sdl: string;
  readonly resolvers: Resolvers;
}
type Resolver = (parent: never, args: never) => unknown;
type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolver>>>>;

export interface Answer {
  readonly data: unknown;
  readonly errors: readonly string[];
}

export interface Graph {
  readonly supergraphSdl: string;
  readonly planner: Planner;
  /** As Apollo's gateway answers: what it gets wrong is asserted, so that a correction no longer needed is noticed. */
  apollo(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** As the planner under test has it. */
  ours(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** The fetches of our plan, in order: service and operation. */
  fetches(query: string): string[];
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@requires", "@external", "@shareable", "@provides", "@interfaceObject", "@override", "@inaccessible"])`;

export function composed(parts: Readonly<Record<string, Subgraph>>): {
  supergraphSdl: string;
  schemas: ReadonlyMap<string, GraphQLSchema>;
} {
  const documents = Object.entries(parts).map(
    ([name, { sdl }]) => [name, parse(`${LINK}\n${sdl}`)] as [string, DocumentNode],
  );
  const result = composeServices(
    documents.map(([name, typeDefs]) => ({ name, typeDefs, url: `http://${name}.example` })),
  );
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  const schemas = documents.map(([name, typeDefs]): [string, GraphQLSchema] => {
    const resolvers = parts[name]?.resolvers ?? {};
    return [name, buildSubgraphSchema({ typeDefs, resolvers: resolvers as never })]; // its type wants every resolver's own types
  });
  return { supergraphSdl: result.supergraphSdl, schemas: new Map(schemas) };
}

/** Small subgraphs in this process, composed: the same ones behind Apollo's gateway and behind our plans. */
export function graphOf(parts: Readonly<Record<string, Subgraph>>): Graph {
  const { supergraphSdl, schemas } = composed(parts);
  const planner = createPlanner(supergraphSdl);
  return {
    supergraphSdl,
    planner,
    async apollo(query, variables) {
      const gateway = new ApolloGateway({
        supergraphSdl,
        buildService: ({ name }) => new LocalGraphQLDataSource(schemaOf(schemas, name)),
        logger: silent,
      });
      const server = new ApolloServer({ gateway, logger: silent, includeStacktraceInErrorResponses: false });
      await server.start();
      try {
        const { body } = await server.executeOperation({ query, ...(variables ? { variables } : {}) });
        if (body.kind !== 'single') throw new Error('Not one answer');
        const { data, errors } = body.singleResult;
        return answer({ data: data ?? null, errors: errors as never }); // formatted errors have a message too
      } finally {
        await server.stop();
      }
    },
    async ours(query, variables = {}) {
      const document = parse(query);
      const wrong = validate(planner.schema, document);
      if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join('\n'));
      return answer(
        await runPlan(planner.plan(document, undefined), document, variables, planner.schema, supergraphSdl, schemas),
      );
    },
    fetches(query) {
      const { plan } = planner.plan(parse(query), undefined);
      const found: string[] = [];
      JSON.stringify(plan, (_key, value: unknown) => {
        const node = value as { kind?: string; serviceName?: string; operation?: string } | null; // a plan's node, or none
        if (node?.kind === 'Fetch') found.push(`${node.serviceName}: ${node.operation}`);
        return value;
      });
      return found;
    },
  };
}

export function schemaOf(schemas: ReadonlyMap<string, GraphQLSchema>, name: string): GraphQLSchema {
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`No subgraph ${name}`);
  return schema;
}

const answer = ({ data, errors }: ExecutionResult): Answer => ({
  data: JSON.parse(JSON.stringify(data ?? null)),
  errors: (errors ?? []).map(({ message }) => message),
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };
