import { Supergraph } from '@apollo/federation-internals';
import { type DocumentNode, GraphQLError } from 'graphql';
import { UnplannableSupergraph } from './refused.ts';

/** @throws UnplannableSupergraph with the message of what is wrong in it */
export function builtFrom(supergraph: DocumentNode, options: { validateSupergraph: boolean }): Supergraph {
  try {
    return Supergraph.build(supergraph, options);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new UnplannableSupergraph([{ at: 'supergraph', message: error.message }]);
  }
}
