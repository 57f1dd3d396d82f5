import { Supergraph } from '@apollo/federation-internals';
import { type DocumentNode, GraphQLError } from 'graphql';
import { SupergraphRefused } from './refused.ts';

/** @throws SupergraphRefused with the message of what is wrong in it */
export function builtFrom(supergraph: DocumentNode, options: { validateSupergraph: boolean }): Supergraph {
  try {
    return Supergraph.build(supergraph, options);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new SupergraphRefused([{ at: 'supergraph', message: error.message }]);
  }
}
