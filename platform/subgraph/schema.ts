import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { checkPurposes } from '../mask/consent.ts';
import { readDataClasses } from '../mask/data-classes.ts';
import { observedValueResolvers } from './observed-value.ts';
import { scalarResolvers } from './scalars.ts';

const SHARED = new URL('../../schema/shared.graphql', import.meta.url);

/** The SDL of a subgraph as composition sees it: what all share, then the domain's own part. */
export const subgraphSdl = (schemaFile: URL): string => `${readFileSync(SHARED, 'utf8')}\n${ownSdl(schemaFile)}`;

/** The domain's own part: `schema.graphql` and, where that would be long, its pieces in the folder `schema` beside it. */
export function ownSdl(schemaFile: URL): string {
  const folder = new URL('schema/', schemaFile);
  const pieces = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.graphql')) : [];
  return [schemaFile, ...pieces.sort().map((name) => new URL(name, folder))]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** An executable subgraph schema from `schema.graphql` beside the caller and its resolvers. */
export function buildSchemaOf(schemaFile: URL, resolvers: object): GraphQLSchema {
  const sdl = subgraphSdl(schemaFile);
  const typeDefs: DocumentNode = parse(sdl);
  // The generated `Resolvers` knows each field, where Apollo's map knows only functions of anything: the stricter type was checked.
  const schema = buildSubgraphSchema([
    {
      typeDefs,
      resolvers: { ...scalarResolvers, ...observedValueResolvers, ...resolvers } as GraphQLResolverMap<unknown>,
    },
  ]);
  checkPurposes(readDataClasses(sdl), schema);
  return schema;
}
