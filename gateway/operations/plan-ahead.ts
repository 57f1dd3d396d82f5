import { setImmediate } from 'node:timers/promises';
import { getOperationAST, OperationTypeNode } from 'graphql';
import type { Documents } from '../documents.ts';
import type { Executor } from '../execution/executor.ts';
import { type RegisteredOperation, sha256 } from './registry.ts';

export interface PlanAheadOptions {
  readonly documents: Documents;
  readonly executor: Pick<Executor, 'prepare'>;
  /** Ends it: the graph serves no more. */
  readonly signal: AbortSignal;
}

/** Plans registered operations while the graph serves already; requests are let through between one plan and the next. */
export async function planAhead(
  operations: readonly RegisteredOperation[],
  { documents, executor, signal }: PlanAheadOptions,
): Promise<void> {
  for (const { body } of operations) {
    await setImmediate();
    if (signal.aborted) return;
    const hash = sha256(body);
    const document = await documents.store.get(hash);
    const operation = document && getOperationAST(document);
    if (operation?.operation === OperationTypeNode.SUBSCRIPTION) continue; // planned as the query that it repeats
    if (document && operation) executor.prepare(document, operation, hash); // else the graph breaks it: the log says so
  }
}
