import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { graphql, parse } from 'graphql';

const LINK = `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@authenticated"])
`;

export interface Part {
  readonly sdl: string;
  readonly resolvers: GraphQLResolverMap<IncomingHttpHeaders>;
}

/** A GraphQL server that knows nothing of the hub. */
export interface ForeignSubgraph {
  readonly url: string;
  readonly sdl: string;
  readonly headers: IncomingHttpHeaders[];
}

export async function serveForeign(t: TestContext, { sdl, resolvers }: Part): Promise<ForeignSubgraph> {
  // Every resolver gets the headers of its request, below; Apollo types the context as unknown.
  const typed = resolvers as GraphQLResolverMap<unknown>;
  const schema = buildSubgraphSchema([{ typeDefs: parse(LINK + sdl), resolvers: typed }]);
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer(async (request, response) => {
    headers.push(request.headers);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> }; // a test's own gateway asks
    const answer = await graphql({ schema, source: query, variableValues: variables, contextValue: request.headers });
    response.writeHead(200, { 'content-type': 'application/graphql-response+json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // listening on TCP
  return { url: `http://127.0.0.1:${port}/graphql`, sdl, headers };
}

export function compose(parts: Readonly<Record<string, { readonly sdl: string; readonly url: string }>>): string {
  const result = composeServices(
    Object.entries(parts).map(([name, { sdl, url }]) => ({ name, url, typeDefs: parse(LINK + sdl) })),
  );
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
}

export const PEOPLE: Part = {
  sdl: `
    type Query { people: [Person!]! tenant: String secret: String @requiresScopes(scopes: [["god"]]) }
    type Person @key(fields: "id") { id: ID!, name: String }
  `,
  resolvers: {
    Query: {
      people: () => [{ id: '1' }, { id: '2' }],
      tenant: (_source: unknown, _args: unknown, headers: IncomingHttpHeaders) => headers['x-tenant'],
      secret: () => 'open',
    },
    Person: { name: ({ id }: { id: string }) => `name ${id}` },
  },
};

export const POSTS: Part = {
  sdl: 'type Person @key(fields: "id") { id: ID!, posts(about: Int): [String!] }',
  resolvers: {
    Person: {
      __resolveReference: (reference: object) => reference,
      posts: ({ id }: { id: string }) => [`post of ${id}`],
    },
  },
};

/** A supergraph on disk that is replaced at once, as a deployment does it. */
export interface SupergraphFile {
  readonly path: string;
  write(supergraphSdl: string): Promise<void>;
}

export async function supergraphFile(t: TestContext, supergraphSdl: string): Promise<SupergraphFile> {
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'supergraph.graphql');
  await writeFile(path, supergraphSdl);
  return {
    path,
    async write(next) {
      await writeFile(`${path}.next`, next);
      await rename(`${path}.next`, path);
    },
  };
}
