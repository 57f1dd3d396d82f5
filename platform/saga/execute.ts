import { instant } from '../clock.ts';
import { HubError } from '../errors.ts';
import { editsOf, inputAfter, undoBeforeEdits } from './edited.ts';
import { contextOf, type Executor, isStop, type Say } from './executor.ts';
import { type Failure, failureOf, waitBeforeNext } from './failure.ts';
import { beginStep, type Execution, endStep, type RunRow, record, type StepRow, take } from './journal.ts';
import { fromJournal, toJournal } from './journaled.ts';
import { pause, persistently } from './persistent.ts';
import type { AnyStep, Attributes, Run, Step } from './saga.ts';
import { undoAll } from './undo.ts';

/** A step that failed for good, on its way through the saga's story to `execute`. */
class StepFailed extends Error {
  readonly step: AnyStep<never>;
  readonly failure: Failure;
  constructor(step: AnyStep<never>, failure: Failure) {
    super(failure.message);
    this.name = 'StepFailed';
    this.step = step;
    this.failure = failure;
  }
}

/**
 * Executes a run from where its journal stands, to COMPLETED, COMPENSATED or EXCEPTION. May be called again at any time,
 * by any process: what is done is not repeated, and the latest caller fences off the ones before.
 * @throws Superseded, or the reason of `stopping`: then somebody else goes on
 */
export async function execute<Context>(engine: Executor<Context>, runId: string, workflowId: string): Promise<void> {
  const { db, stopping, log, clock } = engine;
  const taken = await persistently(() => take(db, runId, workflowId, instant(clock)), stopping, log);
  if (taken === null) return;
  const { run, steps } = taken;
  const mine = { runId, turn: run.turn };
  const say: Say = (change) => persistently(() => record(db, mine, { at: instant(clock), ...change }), stopping, log);
  const saga = engine.sagas.get(run.kind);
  if (saga === undefined) throw new Error(`no saga is named ${run.kind}`);

  if (run.direction === 'BACK') return undoAll(engine, saga, run, say);
  try {
    const outcome = await saga.run(tell(engine, run, steps, mine, say), fromJournal(run.input) as never); // journaled by `start` with this saga's input
    await say({
      event: 'COMPLETED',
      run: { state: 'COMPLETED', outcome: toJournal(outcome), ended_at: instant(clock) },
    });
  } catch (error) {
    if (isStop(error, stopping)) throw error;
    const failed = error instanceof StepFailed ? error : null;
    const failure = failed?.failure ?? failureOf(error);
    if (failed === null) log.error({ err: error, runId }, 'a saga failed outside its steps');
    if (failed !== null && failure.business) {
      const reason = failure.message;
      await say({ event: 'GOING_BACK', detail: reason, run: { direction: 'BACK', state: 'COMPENSATING', reason } });
      return undoAll(engine, saga, run, say);
    }
    await say({
      event: 'EXCEPTION',
      detail: failure.message,
      run: { state: 'EXCEPTION' },
      exception: {
        step: failed?.step.name ?? run.kind,
        system: failed?.step.owner ?? 'HUB',
        causeClass: failure.causeClass,
        message: failure.message,
      },
    });
  }
}

/** The run as the saga's story sees it. */
function tell<Context>(
  engine: Executor<Context>,
  run: RunRow,
  journaled: readonly StepRow[],
  mine: Execution,
  say: Say,
): Run<Context> {
  const rows = new Map(journaled.map((row) => [row.name, row]));
  let position = 0;
  let noted: Attributes = run.attributes;
  return {
    id: run.id,
    async note(attributes) {
      const known = noted;
      if (Object.entries(attributes).every(([name, value]) => known[name] === value)) return;
      noted = { ...known, ...attributes };
      await say({ event: 'NOTED', run: { attributes: JSON.stringify(noted) } });
    },
    async step<Input, Result, Before>(step: Step<Context, Input, Result, Before>, input: Input): Promise<Result> {
      position += 1;
      const row = rows.get(step.name);
      if (row?.state === 'DONE' || row?.state === 'SKIPPED') return fromJournal(row.result) as Result; // what this step returned when it was journaled
      return attempt(engine, run, step, input, { row, position, mine, say });
    },
  };
}

/** A write that was under way when the process died, to a system that cannot be asked about it. */
const unseen = ({ name, owner }: { name: string; owner: string }): HubError =>
  new HubError('IN_DOUBT', `${owner} may have done ${name}, and cannot tell; look there, then retry or skip it`, {
    system: owner,
  });

/** Attempts a step until it is done or has failed for good. */
async function attempt<Context, Input, Result, Before>(
  engine: Executor<Context>,
  run: RunRow,
  step: Step<Context, Input, Result, Before>,
  input: Input,
  about: { row: StepRow | undefined; position: number; mine: Execution; say: Say },
): Promise<Result> {
  const { db, stopping, log, clock, probe } = engine;
  const { mine, say, position } = about;
  let attempts = about.row?.attempts ?? 0;
  let inDoubt = about.row?.in_doubt ?? false;
  let before = attempts === 0 ? undefined : (fromJournal(about.row?.before) as Before); // journaled by this step when it first began
  for (let tries = 1; ; tries += 1) {
    const context = contextOf(engine, run, step, editsOf(about.row).length);
    let begun = false;
    try {
      stopping.throwIfAborted();
      if (tries === 1 && about.row?.state === 'RUNNING' && inDoubt && step.unseen?.(context)) {
        begun = true;
        throw unseen(step);
      }
      if (before === undefined) before = step.read ? await step.read(context, input) : (null as Before); // `Before` is null where nothing is read
      await probe?.('before-intent', step.name, run.id);
      attempts += 1;
      const { name, owner: system } = step;
      await persistently(
        () => beginStep(db, mine, { name, system, position, attempts, input, before }, instant(clock)),
        stopping,
        log,
      );
      begun = true;
      await probe?.('after-intent', step.name, run.id);
      await undoBeforeEdits(engine, run, step, about.row);
      const result = await step.do(context, inputAfter(input, about.row), before);
      await probe?.('after-answer', step.name, run.id);
      await persistently(() => endStep(db, mine, { name, result }, instant(clock)), stopping, log);
      await probe?.('after-commit', step.name, run.id);
      return result;
    } catch (error) {
      if (isStop(error, stopping)) throw error;
      const told = failureOf(error);
      const blind = !told.withoutEffect && begun && step.unseen?.(context) === true;
      const failure: Failure = blind ? { ...told, causeClass: 'IN_DOUBT', business: false, retryable: false } : told;
      log.warn({ runId: run.id, step: step.name, attempts, code: failure.code, err: error }, 'a step failed');
      if (begun && (!failure.withoutEffect || step.partial === true)) inDoubt = true;
      const waitMs = waitBeforeNext(failure, tries, engine.retry);
      if (!begun) await noteUnread(engine, mine, step, { position, attempts, input });
      await say({
        event: waitMs === null ? 'STEP_FAILED' : 'STEP_RETRIES',
        detail: failure.message,
        run: waitMs === null ? {} : { state: 'RETRYING' },
        step: {
          name: step.name,
          set: {
            state: waitMs === null ? 'FAILED' : 'RETRYING',
            in_doubt: inDoubt,
            error: failure.message,
            error_code: failure.code,
            next_attempt_at: waitMs === null ? null : new Date(clock.now() + waitMs).toISOString(),
            ended_at: waitMs === null ? instant(clock) : null,
          },
        },
      });
      if (waitMs === null) throw new StepFailed(step, failure);
      await pause(waitMs, stopping);
    }
  }
}

/** A step that could not be begun, since its reading failed, is in the journal with the attempts it had: none, as a rule. */
function noteUnread<Context>(
  { db, stopping, log, clock }: Executor<Context>,
  mine: Execution,
  step: { name: string; owner: string },
  at: { position: number; attempts: number; input: unknown },
): Promise<void> {
  const begun = { name: step.name, system: step.owner, before: null, ...at };
  return persistently(() => beginStep(db, mine, begun, instant(clock)), stopping, log);
}
