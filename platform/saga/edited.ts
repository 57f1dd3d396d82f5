import { type Executor, tryAt } from './executor.ts';
import type { RunRow, StepRow } from './journal.ts';
import { fromJournal } from './journaled.ts';
import type { AnyStep } from './saga.ts';

/** One change of a step's input that an operator asked for and another one confirmed. */
export interface Edit {
  /** What replaces the input's own, by name; journaled. */
  readonly changes: Readonly<Record<string, unknown>>;
  /** Whether an attempt with the input before it may have taken effect. */
  readonly inDoubt: boolean;
}

/** All edits of a step, in the order in which they were confirmed. */
export const editsOf = (row: Pick<StepRow, 'edited'> | undefined): readonly Edit[] =>
  (row?.edited ?? []) as readonly Edit[]; // written by `edit` alone

/** The step's input after its first `count` edits. Default: after all. */
export function inputAfter<Input>(
  input: Input,
  row: Pick<StepRow, 'edited'> | undefined,
  count = editsOf(row).length,
): Input {
  const edits = editsOf(row).slice(0, count);
  return edits.length === 0 ? input : Object.assign({}, input, ...edits.map(({ changes }) => fromJournal(changes)));
}

/**
 * Takes back what may stand under the keys that the step had before it was edited: with other input it is another write,
 * under a key of its own. Nothing happens where nothing is in doubt, or took effect.
 */
export async function undoBeforeEdits<Context>(
  engine: Executor<Context>,
  run: RunRow,
  step: AnyStep<Context>,
  row: StepRow | undefined,
): Promise<void> {
  for (const [count, { inDoubt }] of editsOf(row).entries()) {
    if (row === undefined || !inDoubt || typeof step.undo !== 'function') continue;
    const done = {
      input: inputAfter(fromJournal(row.input), row, count) as never, // what this step took, as it was journaled
      before: fromJournal(row.before) as never,
      result: null as never,
    };
    const { context, over } = tryAt(engine, run, step, { edits: count });
    await step.undo(context, done).finally(over);
  }
}
