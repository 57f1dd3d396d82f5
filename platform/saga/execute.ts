import { sql } from 'kysely';
import { instant } from '../clock.ts';
import { HubError } from '../errors.ts';
import { type Failure, failureOf, waitBeforeNext } from '../failure.ts';
import { editsOf, inputAfter, undoBeforeEdits } from './edited.ts';
import { type Executor, isStop, type Taken, tryAt } from './executor.ts';
import { Postponed } from './gate.ts';
import type { RunRow, StepRow } from './journal.ts';
import { type JournalOfRun, journalOfRun } from './journal-of-run.ts';
import { fromJournal, toJournal } from './journaled.ts';
import { pause, persistently } from './persistent.ts';
import type { AnySaga, AnyStep, Attributes, Run, Step, Told } from './saga.ts';
import { published } from './telling.ts';
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

/** What an execution leaves behind when it lets go of a run: nobody owns it, and nothing of it is due. */
const LET_GO = { owner: null } as const;

/**
 * Executes a run that was claimed, from where its journal stands, to COMPLETED, COMPENSATED or EXCEPTION, or until it has to
 * wait for its system. What is done is not repeated, and an execution that claims it later fences this one off.
 * @throws Superseded, or the reason of `stopping`: then somebody else goes on
 */
export async function execute<Context>(engine: Executor<Context>, run: RunRow): Promise<void> {
  const { db, stopping, log } = engine;
  // A run that was accepted by this worker is executed as it was inserted: it has no steps yet.
  const steps = run.state === 'ACCEPTED' ? [] : await persistently(() => stepsOf(db, run.id), stopping, log);
  const journal = journalOfRun(engine, { runId: run.id, turn: run.turn });
  const saga = engine.sagas.get(run.kind);
  const strange = saga === undefined ? `the act ${run.kind}` : strangeStep(saga, steps);
  if (saga === undefined || strange !== null) return park(journal, run.kind, notUnderstood(String(strange)));
  try {
    await goOn(engine, saga, { run, journal }, steps);
  } catch (error) {
    if (!isStop(error, stopping) && error instanceof Postponed) {
      const { until, message } = error;
      return journal.say({
        event: 'POSTPONED',
        detail: message,
        run: { state: 'WAITING', due_at: dueAt(until), ...LET_GO },
      });
    }
    await journal.settled(); // an answer that came is worth keeping, although this execution stops
    throw error;
  }
}

async function goOn<Context>(
  engine: Executor<Context>,
  saga: AnySaga<Context>,
  taken: Taken,
  steps: readonly StepRow[],
): Promise<void> {
  const { stopping, log, clock } = engine;
  const { run, journal } = taken;
  if (run.direction === 'BACK') return undoAll(engine, saga, taken);
  try {
    const told: Told[] = [];
    const outcome = await saga.run(tell(engine, taken, steps, told), fromJournal(run.input) as never); // journaled by `start` with this saga's input
    const at = instant(clock);
    await journal.say({
      event: 'COMPLETED',
      run: { state: 'COMPLETED', outcome: toJournal(outcome), ended_at: at, ...LET_GO },
      tells: published(run, told, at),
    });
  } catch (error) {
    if (isStop(error, stopping) || error instanceof Postponed) throw error;
    const failed = error instanceof StepFailed ? error : null;
    const failure = failed?.failure ?? failureOf(error);
    if (failed === null) log.error({ err: error, runId: run.id }, 'a saga failed outside its steps');
    if (failed === null || !failure.business) return park(journal, run.kind, failure, failed?.step);
    const reason = failure.message;
    await journal.say({
      event: 'GOING_BACK',
      detail: reason,
      run: { direction: 'BACK', state: 'COMPENSATING', reason },
    });
    return undoAll(engine, saga, taken);
  }
}

/** A worker whose clock is late would take it up at once again, and put it away again. */
const dueAt = (until: string) => sql`greatest(${until}::timestamptz, now() + interval '5 seconds')`;

/** Has the run wait for an operator. */
const park = (
  journal: JournalOfRun,
  kind: string,
  { causeClass, message }: Pick<Failure, 'causeClass' | 'message'>,
  step?: AnyStep<never>,
): Promise<void> =>
  journal.say({
    event: 'EXCEPTION',
    detail: message,
    run: { state: 'EXCEPTION', ...LET_GO },
    exception: { step: step?.name ?? kind, system: step?.owner ?? 'HUB', causeClass, message },
  });

const stepsOf = (db: Executor<never>['db'], runId: string): Promise<StepRow[]> =>
  db.selectFrom('process.step').selectAll().where('run_id', '=', runId).orderBy('position').execute();

/** A step in the journal that this version of the story does not know: going on could do its effect again under another name. */
function strangeStep<Context>(saga: AnySaga<Context>, steps: readonly StepRow[]): string | null {
  const strange = steps.find(({ name, attempts }) => attempts > 0 && saga.steps.every((step) => step.name !== name));
  return strange === undefined ? null : `its step ${strange.name}`;
}

const notUnderstood = (what: string): Pick<Failure, 'causeClass' | 'message'> => ({
  causeClass: 'INTERNAL',
  message: `this version of the hub does not know ${what}; bring the version back that does, and retry`,
});

/** The run as the saga's story sees it; what it tells the world is added to `told`. */
function tell<Context>(
  engine: Executor<Context>,
  taken: Taken,
  journaled: readonly StepRow[],
  told: Told[],
): Run<Context> {
  const { run, journal } = taken;
  const rows = new Map(journaled.map((row) => [row.name, row]));
  let position = 0;
  let noted: Attributes = run.attributes;
  return {
    id: run.id,
    async note(attributes) {
      const known = noted;
      if (Object.entries(attributes).every(([name, value]) => known[name] === value)) return;
      noted = { ...known, ...attributes };
      journal.soon({ event: 'NOTED', run: { attributes: JSON.stringify(noted) } });
    },
    async step<Input, Result, Before>(step: Step<Context, Input, Result, Before>, input: Input): Promise<Result> {
      position += 1;
      const row = rows.get(step.name);
      if (row?.state === 'DONE' || row?.state === 'SKIPPED') return fromJournal(row.result) as Result; // what this step returned when it was journaled
      return attempt(engine, taken, step, input, { row, position });
    },
    tells: (...events) => void told.push(...events),
  };
}

/** A write that was under way when the process died, to a system that cannot be asked about it. */
const unseen = ({ name, owner }: { name: string; owner: string }): HubError =>
  new HubError('IN_DOUBT', `${owner} may have done ${name}, and cannot tell; look there, then retry or skip it`, {
    system: owner,
  });

/** Attempts a step until it is done or has failed for good. @throws StepFailed, Postponed */
async function attempt<Context, Input, Result, Before>(
  engine: Executor<Context>,
  { run, journal }: Taken,
  step: Step<Context, Input, Result, Before>,
  input: Input,
  { row, position }: { row: StepRow | undefined; position: number },
): Promise<Result> {
  const { stopping, log, clock, probe, gate } = engine;
  const { name, owner: system } = step;
  let attempts = row?.attempts ?? 0;
  let inDoubt = row?.in_doubt ?? false;
  let before = attempts === 0 ? undefined : (fromJournal(row?.before) as Before); // journaled by this step when it first began
  for (let tries = 1; ; tries += 1) {
    stopping.throwIfAborted();
    const leave = await gate.enter(system, { step: name, rank: run.rank, signal: stopping });
    const { context, over } = tryAt(engine, run, step, { edits: editsOf(row).length, isFirst: attempts === 0 });
    let begun = false;
    try {
      if (tries === 1 && row?.state === 'RUNNING' && inDoubt && step.unseen?.(context)) {
        begun = true;
        throw unseen(step);
      }
      if (before === undefined) before = step.read ? await step.read(context, input) : (null as Before); // `Before` is null where nothing is read
      await probe?.('before-intent', name, run.id);
      attempts += 1;
      const begins = { name, system, position, attempts, input, before };
      await journal.say({ event: 'STEP_BEGUN', detail: `attempt ${attempts}`, begun: begins, run: running(run) });
      begun = true;
      await probe?.('after-intent', name, run.id);
      await undoBeforeEdits(engine, run, step, row);
      const result = await step.do(context, inputAfter(input, row), before);
      await probe?.('after-answer', name, run.id);
      const done = { state: 'DONE', in_doubt: false, error: null, error_code: null } as const;
      journal.soon(
        {
          event: 'STEP_DONE',
          run: progress(run),
          step: { name, set: { ...done, result: toJournal(result), ended_at: instant(clock) } },
        },
        probe && (() => probe('after-commit', name, run.id)),
      );
      return result;
    } catch (error) {
      if (isStop(error, stopping)) throw error;
      const told = failureOf(error);
      const blind = !told.withoutEffect && begun && step.unseen?.(context) === true;
      const failure: Failure = blind ? { ...told, causeClass: 'IN_DOUBT', business: false, retryable: false } : told;
      log.warn({ runId: run.id, step: name, attempts, code: failure.code, err: error }, 'a step failed');
      if (begun && (!failure.withoutEffect || step.partial === true)) inDoubt = true;
      const waitMs = waitBeforeNext(failure, tries, engine.retry);
      // A step whose reading failed is in the journal with the attempts it had: none, as a rule.
      const unread = { name, system, position, attempts, input, before: null };
      if (!begun) await journal.say({ event: 'STEP_BEGUN', detail: `attempt ${attempts}`, begun: unread });
      await journal.say({
        event: waitMs === null ? 'STEP_FAILED' : 'STEP_RETRIES',
        detail: failure.message,
        run: waitMs === null ? {} : { state: 'RETRYING' },
        step: {
          name,
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
      run.state = 'RETRYING';
      leave();
      await pause(waitMs, stopping);
    } finally {
      over();
      leave();
    }
  }
}

/** Says that the run goes on where its row says otherwise; a row that needs no change is only locked. */
function running(run: RunRow): { state?: 'RUNNING' } {
  if (run.state === 'RUNNING') return {};
  run.state = 'RUNNING';
  return { state: 'RUNNING' };
}

/** A step that got done clears the run of having killed its workers. */
function progress(run: RunRow): { takeovers?: 0 } {
  if (run.takeovers === 0) return {};
  run.takeovers = 0;
  return { takeovers: 0 };
}
