import { instant } from '../clock.ts';
import { type Failure, failureOf, waitBeforeNext } from '../failure.ts';
import { editsOf, inputAfter, undoBeforeEdits } from './edited.ts';
import { type Executor, isStop, type Taken, tryAt } from './executor.ts';
import type { StepRow } from './journal.ts';
import { fromJournal } from './journaled.ts';
import { pause, persistently } from './persistent.ts';
import type { AnySaga, AnyStep } from './saga.ts';

/**
 * Undoes what the journal says was done, or may have been, last first, and ends the run COMPENSATED. What cannot be undone
 * now waits as an exception; executing the run again goes on with the undoing.
 */
export async function undoAll<Context>(engine: Executor<Context>, saga: AnySaga<Context>, taken: Taken): Promise<void> {
  const { run, journal } = taken;
  const { db, stopping, log, clock } = engine;
  const rows = await persistently(
    () =>
      db
        .selectFrom('process.step')
        .selectAll()
        .where('run_id', '=', run.id)
        .where('attempts', '>', 0)
        .where((on) =>
          on.or([on('in_doubt', '=', true), on('state', 'in', ['DONE', 'SKIPPED', 'UNDOING', 'UNDO_FAILED'])]),
        )
        .orderBy('position', 'desc')
        .execute(),
    stopping,
    log,
  );
  for (const row of rows) {
    const step = saga.steps.find(({ name }) => name === row.name);
    if (step === undefined) throw new Error(`${saga.name} took its step ${row.name} without listing it`);
    const failure = await undo(engine, taken, step, row);
    if (failure !== null) {
      await journal.say({
        event: 'EXCEPTION',
        detail: failure.message,
        run: { state: 'EXCEPTION', owner: null },
        exception: { step: step.name, system: step.owner, causeClass: 'UNDO_FAILED', message: failure.message },
      });
      return;
    }
  }
  await journal.say({ event: 'COMPENSATED', run: { state: 'COMPENSATED', owner: null, ended_at: instant(clock) } });
}

/** Undoes one step, with as many attempts as doing it would have. The answer is why it failed for good; null when undone, or left. */
async function undo<Context>(
  engine: Executor<Context>,
  { run, journal }: Taken,
  step: AnyStep<Context>,
  row: StepRow,
): Promise<Failure | null> {
  const { stopping, log, clock, probe, gate } = engine;
  if (row.state === 'SKIPPED') {
    await journal.say({
      event: 'NOT_UNDONE',
      detail: 'what was done outside is taken back there',
      step: { name: step.name, set: { in_doubt: false } },
    });
    return null;
  }
  if (typeof step.undo !== 'function') {
    await journal.say({
      event: 'NOT_UNDONE',
      detail: step.undo.never,
      // What was done says why it stays; what failed keeps the reason of that.
      step: { name: step.name, set: { in_doubt: false, ...(row.state === 'DONE' && { error: step.undo.never }) } },
    });
    return null;
  }
  const done = {
    input: inputAfter(fromJournal(row.input), row) as never, // what this step took, read before and returned, as it was journaled
    before: fromJournal(row.before) as never,
    result: fromJournal(row.result) as never,
  };
  for (let tries = 1; ; tries += 1) {
    stopping.throwIfAborted();
    const leave = await gate.enter(step.owner, { step: step.name, rank: run.rank, signal: stopping });
    try {
      await journal.say({
        event: 'UNDO_BEGUN',
        detail: `attempt ${tries}`,
        run: { state: 'COMPENSATING' },
        step: { name: step.name, set: { state: 'UNDOING', next_attempt_at: null } },
      });
      await probe?.('after-intent', `undo ${step.name}`, run.id);
      await undoBeforeEdits(engine, run, step, row);
      const { context, over } = tryAt(engine, run, step, { edits: editsOf(row).length });
      const left = await step.undo(context, done).finally(over);
      await probe?.('after-answer', `undo ${step.name}`, run.id);
      const set = { in_doubt: false, ended_at: instant(clock) };
      await journal.say(
        left
          ? {
              event: 'NOT_UNDONE',
              detail: left.stays,
              step: { name: step.name, set: { state: 'DONE', error: left.stays, ...set } },
            }
          : { event: 'UNDONE', step: { name: step.name, set: { state: 'UNDONE', ...set } } },
      );
      await probe?.('after-commit', `undo ${step.name}`, run.id);
      return null;
    } catch (error) {
      if (isStop(error, stopping)) throw error;
      const failure = failureOf(error);
      log.warn({ runId: run.id, step: step.name, tries, code: failure.code, err: error }, 'a step could not be undone');
      const waitMs = waitBeforeNext(failure, tries, engine.retry);
      await journal.say({
        event: waitMs === null ? 'UNDO_FAILED' : 'UNDO_RETRIES',
        detail: failure.message,
        step: {
          name: step.name,
          set: {
            state: waitMs === null ? 'UNDO_FAILED' : 'UNDOING',
            error: failure.message,
            error_code: failure.code,
            next_attempt_at: waitMs === null ? null : new Date(clock.now() + waitMs).toISOString(),
          },
        },
      });
      if (waitMs === null) return failure;
      leave();
      await pause(waitMs, stopping);
    } finally {
      leave();
    }
  }
}
