import type { Kysely } from 'kysely';
import type { Clock } from '../clock.ts';
import { endingWithin } from '../ending-with.ts';
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

/**
 * How long a journal is believed that says of a step that it was never begun. A database that was restored says so of what was
 * done after its backup; within this time vendors know the keys of what they did (Stripe: a day), beyond it they are asked.
 */
const BELIEVED_MS = 12 * 3_600_000;

export interface Tries {
  /** How often the step's input was edited: each edit is another write. */
  readonly edits: number;
  /** The journal says that the step was never begun. */
  readonly isFirst?: boolean;
}

export interface Tried<Context> {
  /** What the step's do or undo receives. */
  readonly context: Context;
  /** The attempt has ended: its signal ends nothing any more. */
  over(): void;
}

/** One attempt at a step, for its time limit at most. The caller says when it is over. */
export function tryAt<Context>(
  engine: Executor<Context>,
  run: RunRow,
  step: { name: string; owner: string },
  { edits, isFirst = false }: Tries,
): Tried<Context> {
  const { signal, release } = endingWithin(engine.retry.attemptTimeoutMs, engine.cutOff);
  const context = engine.contextFor({
    runId: run.id,
    step: step.name,
    owner: step.owner,
    key: `${run.id}:${step.name}${edits === 0 ? '' : `:${edits}`}`,
    isFirst: isFirst && engine.clock.now() - run.started_at.getTime() < BELIEVED_MS,
    correlationId: run.correlation_id,
    signal,
  });
  return { context, over: release };
}
