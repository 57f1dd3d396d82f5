import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { SUBGRAPHS, type SubgraphUrls } from './subgraphs.ts';

/** The subgraphs composed into one graph, as text. @throws Error with what does not compose */
export function composeSupergraph(urls: SubgraphUrls): string {
  const names = Object.keys(SUBGRAPHS) as (keyof typeof SUBGRAPHS)[]; // a constant object: no other keys
  const { supergraphSdl, errors } = composeServices(
    names.map((name) => ({ name, url: urls[name], typeDefs: parse(SUBGRAPHS[name].typeDefs) })),
  );
  if (supergraphSdl === undefined) throw new Error(`The subgraphs do not compose: ${errors?.join('; ')}`);
  return supergraphSdl;
}
