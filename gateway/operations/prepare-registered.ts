import type { GraphQLError } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import type { Documents } from '../documents.ts';
import type { RegisteredOperation } from './registry.ts';

/** A registered operation that a graph breaks, and how. */
export interface BrokenOperation {
  readonly operation: RegisteredOperation;
  readonly errors: readonly GraphQLError[];
}

/** Prepares registered operations ahead of their first request. Returns those that the graph breaks. */
export const prepareRegistered = (
  operations: readonly RegisteredOperation[],
  documents: Documents,
): readonly BrokenOperation[] =>
  operations
    .map((operation) => ({ operation, errors: documents.prepareForGood(operation) }))
    .filter(({ errors }) => errors.length > 0);

/**
 * Says which registered operations a graph breaks, all of them at once. The graph is served all the same: one team's old
 * operation must not keep the others from a new graph. A broken one answers with its errors.
 */
export function warnOfBroken(broken: readonly BrokenOperation[], log: Logger): void {
  if (broken.length === 0) return;
  log.warn(
    {
      operations: broken.map(({ operation, errors }) => ({
        name: operation.name,
        id: operation.id,
        problems: errors.map(({ message }) => message),
      })),
    },
    `The graph breaks ${broken.length} of the registered operations; they answer with errors: ${broken.map(({ operation }) => operation.name).join(', ')}`,
  );
}
