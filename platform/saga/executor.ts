import type { Kysely } from 'kysely';
import type { Clock } from '../clock.ts';
import type { RetryPolicy } from '../failure.ts';
import type { Logger } from '../log.ts';
import type { Gate } from './gate.ts';
import type { RunRow } from './journal.ts';
import type { JournalOfRun } from './journal-of-run.ts';
import type { AnySaga, Attempt } from './saga.ts';
import type { SagaTables } from './tables.ts';

/** Where a run can be stopped by a test: named as in the hardening matrix. Nothing is passed for it in use. */
export type Probe = (
  point: 'before-intent' | 'after-intent' | 'after-answer' | 'after-commit',
  step: string,
  runId: string,
) => void | Promise<void>;

export interface Executor<Context> {
  readonly db: Kysely<SagaTables>;
  readonly sagas: ReadonlyMap<string, AnySaga<Context>>;
  readonly contextFor: (attempt: Attempt) => Context;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when the process shuts down: no attempt begins any more. */
  readonly stopping: AbortSignal;
  /** Aborted a little later: what is under way is cut off. */
  readonly cutOff: AbortSignal;
  /** Lets a step pass to its system when it is its turn there. */
  readonly gate: Gate;
  readonly probe?: Probe | undefined;
}

/** A run that this process has taken up, and how it writes down what happens. */
export interface Taken {
  readonly run: RunRow;
  readonly journal: JournalOfRun;
}

/** Whether an execution has to stop without a word: the process shuts down, or another execution took over. */
export const isStop = (error: unknown, stopping: AbortSignal): boolean =>
  stopping.aborted || (error as Error).name === 'Superseded';

/** What a step's do or undo receives for one attempt. */
export function contextOf<Context>(
  engine: Executor<Context>,
  run: RunRow,
  step: { name: string; owner: string },
  /** How often the step's input was edited: each edit is another write. */
  edits = 0,
): Context {
  return engine.contextFor({
    runId: run.id,
    step: step.name,
    owner: step.owner,
    key: `${run.id}:${step.name}${edits === 0 ? '' : `:${edits}`}`,
    correlationId: run.correlation_id,
    signal: AbortSignal.any([AbortSignal.timeout(engine.retry.attemptTimeoutMs), engine.cutOff]),
  });
}
