import { type Kysely, type Selectable, sql, type Updateable } from 'kysely';
import type { CauseClass } from './failure.ts';
import { toJournal } from './journaled.ts';
import type { RunTable, SagaTables, StepTable } from './tables.ts';

export type RunRow = Selectable<RunTable>;
export type StepRow = Selectable<StepTable>;

/** One execution of a run. A later one, on any process, has a higher turn and fences this one off. */
export interface Execution {
  readonly runId: string;
  readonly turn: number;
}

/** A later execution has taken the run over: this one must stop without another word. */
export class Superseded extends Error {
  constructor(runId: string) {
    super(`another execution has taken over ${runId}`);
    this.name = 'Superseded';
  }
}

/** Takes a run up for execution; null when there is nothing to execute under this workflow id any more. */
export async function take(
  db: Kysely<SagaTables>,
  runId: string,
  workflowId: string,
  at: string,
): Promise<{ run: RunRow; steps: StepRow[] } | null> {
  const taken = await sql<RunRow>`
    with mine as (
      update process.run
      set turn = turn + 1, state = case direction when 'FORWARD' then 'RUNNING' else 'COMPENSATING' end
      where id = ${runId} and workflow_id = ${workflowId} and ended_at is null
        and state not in ('EXCEPTION', 'WAITING_FOR_APPROVAL')
      returning *),
    noted as (
      insert into process.audit (run_id, at, event, detail)
      select id, ${at}::timestamptz, 'TAKEN', 'turn ' || turn from mine)
    select * from mine`.execute(db);
  const run = taken.rows[0];
  if (run === undefined) return null;
  const steps = await db
    .selectFrom('process.step')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('position')
    .execute();
  return { run, steps };
}

export interface StepBegun {
  readonly name: string;
  readonly system: string;
  readonly position: number;
  readonly attempts: number;
  readonly input: unknown;
  readonly before: unknown;
}

/** Journals that an attempt at a step begins: from here on the step may have taken effect, and its undo is due. */
export async function beginStep(db: Kysely<SagaTables>, mine: Execution, step: StepBegun, at: string): Promise<void> {
  const written = await sql`
    with mine as (update process.run set state = 'RUNNING' where id = ${mine.runId} and turn = ${mine.turn} returning id),
    row as (
      insert into process.step (run_id, name, system, position, state, attempts, in_doubt, input, before, started_at)
      select id, ${step.name}, ${step.system}, ${step.position}::int, 'RUNNING', ${step.attempts}::int, true,
        ${toJournal(step.input)}::jsonb, ${toJournal(step.before)}::jsonb, ${at}::timestamptz from mine
      on conflict (run_id, name) do update
        set state = 'RUNNING', in_doubt = true, next_attempt_at = null, attempts = excluded.attempts,
          before = case process.step.attempts when 0 then excluded.before else process.step.before end)
    insert into process.audit (run_id, at, event, step, detail)
    select id, ${at}::timestamptz, 'STEP_BEGUN', ${step.name}, ${`attempt ${step.attempts}`} from mine returning run_id`.execute(
    db,
  );
  if (written.rows.length === 0) throw new Superseded(mine.runId);
}

export interface Change {
  readonly at: string;
  readonly event: string;
  readonly detail?: string | null;
  readonly run?: Updateable<RunTable>;
  readonly step?: { readonly name: string; readonly set: Updateable<StepTable> };
  readonly exception?: { step: string; system: string; causeClass: CauseClass; message: string };
}

/** Journals one change of a run, of one step of it, and the audit of both: all or nothing, and only by the latest execution. */
export async function record(db: Kysely<SagaTables>, mine: Execution, change: Change): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('process.run')
      .set({ turn: mine.turn, ...change.run })
      .where('id', '=', mine.runId)
      .where('turn', '=', mine.turn)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new Superseded(mine.runId);
    if (change.step !== undefined) {
      await trx
        .updateTable('process.step')
        .set(change.step.set)
        .where('run_id', '=', mine.runId)
        .where('name', '=', change.step.name)
        .execute();
    }
    if (change.exception !== undefined) {
      const { step, system, causeClass, message } = change.exception;
      await trx
        .insertInto('process.exception')
        .values({ run_id: mine.runId, step, system, cause_class: causeClass, message, raised_at: change.at })
        .onConflict((conflict) => conflict.doNothing()) // said twice after a lost answer: one is open already
        .execute();
    }
    await trx
      .insertInto('process.audit')
      .values({
        run_id: mine.runId,
        at: change.at,
        event: change.event,
        step: change.step?.name ?? null,
        detail: change.detail ?? null,
      })
      .execute();
  });
}

/** Journals that a step is done: one round trip, since every step of every run pays it. */
export async function endStep(
  db: Kysely<SagaTables>,
  mine: Execution,
  step: { name: string; result: unknown },
  at: string,
): Promise<void> {
  const written = await sql`
    with mine as (select id from process.run where id = ${mine.runId} and turn = ${mine.turn} for update),
    row as (
      update process.step set state = 'DONE', in_doubt = false, result = ${toJournal(step.result)}::jsonb, error = null,
        error_code = null, ended_at = ${at}::timestamptz
      from mine where run_id = mine.id and name = ${step.name})
    insert into process.audit (run_id, at, event, step)
    select id, ${at}::timestamptz, 'STEP_DONE', ${step.name} from mine returning run_id`.execute(db);
  if (written.rows.length === 0) throw new Superseded(mine.runId);
}
