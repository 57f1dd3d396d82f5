import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import type { CauseClass } from '../failure.ts';
import type { EventToPublish } from '../outbox/cloud-event.ts';
import { publishing } from '../outbox/outbox.ts';
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

/** An attempt at a step that begins: from here on the step may have taken effect, and its undo is due. */
export interface StepBegun {
  readonly name: string;
  readonly system: string;
  readonly position: number;
  readonly attempts: number;
  readonly input: unknown;
  readonly before: unknown;
}

/** Columns of a run that executing it changes. */
export type RunChange = Partial<
  Pick<RunRow, 'state' | 'direction' | 'reason' | 'owner' | 'takeovers'> & {
    attributes: string;
    outcome: string;
    ended_at: string;
    due_at: RawBuilder<unknown>;
  }
>;

/** Columns of a step that an attempt changes, or its undoing. */
export type StepChange = Partial<
  Pick<StepRow, 'state' | 'in_doubt' | 'error' | 'error_code'> & {
    result: string;
    next_attempt_at: string | null;
    ended_at: string | null;
  }
>;

/** One thing that happened to a run: its audit, and what it changes. */
export interface Change {
  readonly at: string;
  readonly event: string;
  readonly detail?: string | null;
  readonly run?: RunChange;
  readonly begun?: StepBegun;
  readonly step?: { readonly name: string; readonly set: StepChange };
  readonly exception?: { step: string; system: string; causeClass: CauseClass; message: string };
  /** What the world is told of it, through the outbox. */
  readonly tells?: readonly EventToPublish[];
}

/**
 * Journals changes of one run in the order given, all or nothing, and only by the latest execution. One statement, so one
 * round trip and one commit: every step of every run pays for it. Each step at most once. @throws Superseded
 */
export async function record(db: Kysely<SagaTables>, mine: Execution, changes: readonly Change[]): Promise<void> {
  const parts = [sql`mine as (${latest(mine, Object.assign({}, ...changes.map(({ run }) => run)))})`];
  const add = (row: RawBuilder<unknown>) => parts.push(sql`${sql.ref(`row_${parts.length}`)} as (${row})`);
  for (const { begun, step, exception, tells, at } of changes) {
    if (begun !== undefined) add(beginning(begun, at));
    if (step !== undefined) {
      add(sql`update process.step set ${columns(step.set)} from mine where run_id = mine.id and name = ${step.name}`);
    }
    if (exception !== undefined) {
      // Said twice after a lost answer: one is open already.
      add(sql`insert into process.exception (run_id, step, system, cause_class, message, raised_at)
        select id, ${exception.step}::text, ${exception.system}::text, ${exception.causeClass}::text,
          ${exception.message}::text, ${at}::timestamptz from mine on conflict do nothing`);
    }
    if (tells !== undefined && tells.length > 0) add(publishing(tells, sql`mine`));
  }
  const said = changes.map(
    ({ at, event, begun, step, detail }, nr) => sql`(${sql.lit(nr)}, ${at}::timestamptz, ${event}::text,
      ${begun?.name ?? step?.name ?? null}::text, ${detail ?? null}::text)`,
  );
  const written = await sql`
    with ${sql.join(parts)}
    insert into process.audit (run_id, at, event, step, detail)
    select mine.id, said.at, said.event, said.step, said.detail
    from mine, (values ${sql.join(said)}) as said (nr, at, event, step, detail) order by said.nr
    returning run_id`.execute(db);
  if (written.rows.length === 0) throw new Superseded(mine.runId);
}

/** The run's row, locked and changed, unless a later execution has it. */
const latest = ({ runId, turn }: Execution, change: RunChange): RawBuilder<unknown> =>
  Object.keys(change).length === 0
    ? sql`select id from process.run where id = ${runId} and turn = ${turn} for update`
    : sql`update process.run set ${columns(change)} where id = ${runId} and turn = ${turn} returning id`;

const columns = (change: object): RawBuilder<unknown> =>
  sql.join(Object.entries(change).map(([column, value]) => sql`${sql.ref(column)} = ${value}`));

/** What was read before the first attempt stays: later attempts may find the effect there already. */
const beginning = (step: StepBegun, at: string): RawBuilder<unknown> => sql`
  insert into process.step (run_id, name, system, position, state, attempts, in_doubt, input, before, started_at)
  select id, ${step.name}, ${step.system}, ${step.position}::int, 'RUNNING', ${step.attempts}::int, true,
    ${toJournal(step.input)}::jsonb, ${toJournal(step.before)}::jsonb, ${at}::timestamptz from mine
  on conflict (run_id, name) do update
    set state = 'RUNNING', in_doubt = true, next_attempt_at = null, attempts = excluded.attempts,
      before = case process.step.attempts when 0 then excluded.before else process.step.before end`;
