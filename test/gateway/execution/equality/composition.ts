import { type CompositionResult, composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { type GraphQLSchema, parse } from 'graphql';

export interface Composed {
  readonly supergraphSdl: string;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
}

/** @returns the errors where it does not compose */
export function composed(sdls: Readonly<Record<string, string>>): Composed | readonly string[] {
  let result: CompositionResult;
  try {
    result = composeServices(
      Object.entries(sdls).map(([name, sdl]) => ({ name, url: `subgraph:${name}`, typeDefs: parse(sdl) })),
    );
  } catch (error) {
    // Composition does not find its way out of some circles of @requires.
    return [`${error instanceof RangeError ? 'STACK' : 'DEFECT'}: ${error instanceof Error ? error.message : error}`];
  }
  if (result.errors) return result.errors.map(({ message, extensions }) => `${extensions.code}: ${message}`);
  const { supergraphSdl } = result;
  return {
    supergraphSdl,
    apiSchema: Supergraph.build(supergraphSdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema(),
  };
}
