import { OperationTypeNode } from 'graphql';
import type { Concern } from './as-one.ts';
import { refuse } from './limits.ts';

/** Refuses a request that names no operation of its document, or one of a kind that is not offered here. */
export const operationChoice = ({ live }: { live: boolean }): Concern => ({
  didResolveOperation({ operation, request, schema }) {
    if (operation === undefined) {
      throw refuse(
        'OPERATION_RESOLUTION_FAILURE',
        request.operationName
          ? 'The document holds no operation of the name that `operationName` gives'
          : 'The document holds several operations: `operationName` has to say which one to run',
      );
    }
    if (schema.getRootType(operation.operation) == null) {
      throw refuse('OPERATION_RESOLUTION_FAILURE', `Operations of the kind ${operation.operation} are not offered`);
    }
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
      throw refuse(
        'OPERATION_RESOLUTION_FAILURE',
        live
          ? 'A subscription is answered as a stream of events: send the header accept: text/event-stream'
          : 'Operations of the kind subscription are not offered',
      );
    }
  },
});
