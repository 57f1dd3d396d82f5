import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { observedValueResolvers } from './observed-value.ts';
import { scalarResolvers } from './scalars.ts';

const SHARED = new URL('../../schema/shared.graphql', import.meta.url);

/** The SDL of a subgraph as composition sees it: what all share, then the domain's own part. */
export function subgraphSdl(schemaFile: URL): string {
  return `${readFileSync(SHARED, 'utf8')}\n${readFileSync(schemaFile, 'utf8')}`;
}

/** An executable subgraph schema from `schema.graphql` beside the caller and its resolvers. */
export function buildSchemaOf(schemaFile: URL, resolvers: object): GraphQLSchema {
  const typeDefs: DocumentNode = parse(subgraphSdl(schemaFile));
  // The generated `Resolvers` knows each field, where Apollo's map knows only functions of anything: the stricter type was checked.
  return buildSubgraphSchema([
    {
      typeDefs,
      resolvers: { ...scalarResolvers, ...observedValueResolvers, ...resolvers } as GraphQLResolverMap<unknown>,
    },
  ]);
}
