/**
 * Two GraphQL servers that know nothing of the hub, and their supergraph, to try docs/run-the-gateway-alone.md with:
 * `node docs/examples/two-subgraphs.ts <file for the supergraph> [port of the first, default 4101; the second takes the next]`.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { type DocumentNode, graphql, parse } from 'graphql';

const [file = 'supergraph.graphql', port = '4101'] = process.argv.slice(2);
const FEDERATION = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';

const parts: { name: string; typeDefs: DocumentNode; resolvers: GraphQLResolverMap<unknown> }[] = [
  {
    name: 'people',
    typeDefs: parse(`${FEDERATION}
      type Query { people: [Person!]! }
      type Person @key(fields: "id") { id: ID!, name: String }`),
    resolvers: {
      Query: {
        people: () => [
          { id: '1', name: 'Ada' },
          { id: '2', name: 'Grace' },
        ],
      },
    },
  },
  {
    name: 'posts',
    typeDefs: parse(`${FEDERATION}
      type Person @key(fields: "id") { id: ID!, posts: [String!] }`),
    resolvers: {
      Person: {
        __resolveReference: ({ id }) => ({ id, posts: [`what ${id} wrote`] }),
      },
    },
  },
];

const services = parts.map(({ name, typeDefs, resolvers }, index) => {
  const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);
  const url = `http://127.0.0.1:${Number(port) + index}/graphql`;
  createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> }; // the gateway asks
    const answer = await graphql({ schema, source: query, variableValues: variables });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }).listen(Number(port) + index, '127.0.0.1');
  return { name, typeDefs, url };
});
const { supergraphSdl, errors } = composeServices(services);
if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
// In one step: whoever reads meanwhile gets the old file or the new one.
writeFileSync(`${file}.next`, supergraphSdl);
renameSync(`${file}.next`, file);
