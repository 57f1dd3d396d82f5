import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { SUBGRAPHS, type SubgraphUrls } from './subgraphs.ts';

/**
 * The subgraphs composed into one graph, as text. @throws Error with what does not compose
 * @param typeDefs schemas that stand in place of the subgraphs' own, by name
 */
export function composeSupergraph(urls: SubgraphUrls, typeDefs: Readonly<Record<string, string>> = {}): string {
  const names = Object.keys(SUBGRAPHS) as (keyof typeof SUBGRAPHS)[]; // a constant object: no other keys
  const { supergraphSdl, errors } = composeServices(
    names.map((name) => ({ name, url: urls[name], typeDefs: parse(typeDefs[name] ?? SUBGRAPHS[name].typeDefs) })),
  );
  if (supergraphSdl === undefined) throw new Error(`The subgraphs do not compose: ${errors?.join('; ')}`);
  return supergraphSdl;
}
