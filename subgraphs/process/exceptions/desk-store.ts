import { type Kysely, type Selectable, sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import { HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import type { Alongside } from '../../../platform/saga/accept.ts';
import type { StepRow } from '../../../platform/saga/journal.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { ProcessId } from '../model.ts';
import type { EditDecision, EditTable } from './tables.ts';

/** What waits, as the desk acts on it. */
export interface Waiting {
  readonly exceptionId: string;
  readonly kind: string;
  /** The run is being undone. */
  readonly back: boolean;
  /** null: the story failed outside its steps. */
  readonly step: StepRow | null;
}

/** A change of a failed step's input. */
export interface StepEdit {
  readonly id: string;
  readonly processId: ProcessId;
  readonly step: string;
  readonly exceptionId: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly former: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly decision: EditDecision | null;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
}

export interface HistoryEntry {
  readonly at: string;
  readonly event: string;
  readonly step: string | null;
  readonly by: string | null;
  readonly detail: string | null;
}

/** What the desk reads and writes beside the journal. Whether the caller sees the process is judged before. */
export interface DeskStore {
  /** null: the process does not wait as an exception. */
  waiting(processId: ProcessId): Promise<Waiting | null>;
  /** Oldest first, the last 200; one list for each id, in the order asked. */
  historiesOf(ids: readonly ProcessId[]): Promise<readonly (readonly HistoryEntry[])[]>;
  /** The edit that waits for a second operator; one entry for each id, in the order asked. */
  editsFor(ids: readonly ProcessId[]): Promise<readonly (StepEdit | null)[]>;
  edit(editId: string): Promise<StepEdit | null>;
  /** In place of the one that waits. */
  propose(edit: Omit<StepEdit, 'decision' | 'decidedBy' | 'decidedAt'>): Promise<void>;
  /** @throws CONFLICT when it was decided on already */
  reject(editId: string, about: { by: string; at: string; reason: string }): Promise<void>;
}

type Tables = SagaTables & { 'process.edit': EditTable };
const MOST_HISTORY = 200;

export function createDeskStore(pool: Db): DeskStore {
  const db = pool.withTables<Tables>();
  return {
    async waiting(processId) {
      const open = await db
        .selectFrom('process.exception as exception')
        .innerJoin('process.run as run', 'run.id', 'exception.run_id')
        .select(['exception.id', 'exception.step', 'run.kind', 'run.direction'])
        .where('exception.run_id', '=', processId)
        .where('exception.resolved_at', 'is', null)
        .executeTakeFirst();
      if (open === undefined) return null;
      const step = await db
        .selectFrom('process.step')
        .selectAll()
        .where('run_id', '=', processId)
        .where('name', '=', open.step)
        .executeTakeFirst();
      return { exceptionId: open.id, kind: open.kind, back: open.direction === 'BACK', step: step ?? null };
    },

    async historiesOf(ids) {
      const { rows } = await sql<{
        run_id: string;
        at: Date;
        event: string;
        step: string | null;
        principal_id: string | null;
        detail: string | null;
      }>`
        select latest.* from unnest(${[...ids]}::text[]) as asked (run_id)
        cross join lateral (
          select * from process.audit where audit.run_id = asked.run_id order by id desc limit ${MOST_HISTORY}) as latest
        order by latest.id`.execute(db);
      const byId = Map.groupBy(rows, ({ run_id }) => run_id);
      return ids.map((one) =>
        (byId.get(one) ?? []).map(({ at, event, step, principal_id: by, detail }) => ({
          at: at.toISOString(),
          event,
          step,
          by,
          detail,
        })),
      );
    },

    async editsFor(ids) {
      const rows = await db
        .selectFrom('process.edit')
        .selectAll()
        .where('run_id', 'in', ids)
        .where('decision', 'is', null)
        .execute();
      const found = new Map(rows.map((row) => [row.run_id, editOf(row)]));
      return ids.map((one) => found.get(one) ?? null);
    },

    async edit(editId) {
      const row = await db.selectFrom('process.edit').selectAll().where('id', '=', editId).executeTakeFirst();
      return row === undefined ? null : editOf(row);
    },

    async propose(edit) {
      const { proposedBy, proposedAt } = edit;
      await db.transaction().execute(async (trx) => {
        await trx
          .updateTable('process.edit')
          .set({ decision: 'REPLACED', decided_by: proposedBy, decided_at: proposedAt })
          .where('run_id', '=', edit.processId)
          .where('decision', 'is', null)
          .execute();
        await trx
          .insertInto('process.edit')
          .values({
            id: edit.id,
            run_id: edit.processId,
            step: edit.step,
            exception_id: edit.exceptionId,
            changes: JSON.stringify(edit.changes),
            former: JSON.stringify(edit.former),
            reason: edit.reason,
            proposed_by: proposedBy,
            proposed_at: proposedAt,
          })
          .execute();
        await sql`insert into process.audit (run_id, at, event, step, principal_id, detail)
          values (${edit.processId}, ${proposedAt}, 'EDIT_PROPOSED', ${edit.step}, ${proposedBy}, ${edit.reason})`.execute(
          trx,
        );
      });
    },

    async reject(editId, { by, at, reason }) {
      await db.transaction().execute(async (trx) => {
        const edit = await decide(trx, editId, { decision: 'REJECTED', by, at, reason });
        await sql`insert into process.audit (run_id, at, event, step, principal_id, detail)
          values (${edit.run_id}, ${at}, 'EDIT_REJECTED', ${edit.step}, ${by}, ${reason})`.execute(trx);
      });
    },
  };
}

/** Notes in the transaction that lets the run go on that its step has other input from now on. @throws CONFLICT */
export function edited(edit: StepEdit, about: { by: string; at: string }): Alongside {
  return async (trx) => {
    await stillWaits(trx, edit.processId, edit.exceptionId);
    await decide(trx.withTables<Tables>(), edit.id, { decision: 'CONFIRMED', ...about, reason: null });
    await sql`
      update process.step
         set edited = coalesce(edited, '[]'::jsonb)
               || jsonb_build_array(jsonb_build_object('changes', ${JSON.stringify(edit.changes)}::jsonb, 'inDoubt', in_doubt))
       where run_id = ${edit.processId} and name = ${edit.step}`.execute(trx);
  };
}

/** Notes in the transaction that lets the run go on that an operator took the step upon himself. @throws CONFLICT */
export function skipped(
  { exceptionId, back, step }: Waiting & { readonly step: StepRow },
  about: { reason: string; stated: unknown; at: string },
): Alongside {
  return async (trx) => {
    await stillWaits(trx, step.run_id, exceptionId);
    await trx
      .updateTable('process.step')
      .set({
        state: 'SKIPPED',
        in_doubt: false,
        error: about.reason,
        error_code: null,
        next_attempt_at: null,
        ended_at: about.at,
        ...(back ? {} : { result: JSON.stringify(about.stated ?? null) }),
      })
      .where('run_id', '=', step.run_id)
      .where('name', '=', step.name)
      .execute();
    await sql`insert into process.audit (run_id, at, event, step, detail)
      values (${step.run_id}, ${about.at}, 'STEP_SKIPPED', ${step.name}, ${about.reason})`.execute(trx);
  };
}

type Transaction = Parameters<Alongside>[0];

async function stillWaits(trx: Transaction, runId: string, exceptionId: string): Promise<void> {
  const open = await trx
    .selectFrom('process.exception')
    .select('id')
    .where('run_id', '=', runId)
    .where('resolved_at', 'is', null)
    .executeTakeFirst();
  if (open?.id === exceptionId) return;
  throw new HubError('CONFLICT', `process ${runId} went on since, and waits for something else; look at it again`);
}

async function decide(
  trx: Kysely<Tables>,
  editId: string,
  about: { decision: EditDecision; by: string; at: string; reason: string | null },
): Promise<{ run_id: string; step: string }> {
  const row = await trx
    .updateTable('process.edit')
    .set({ decision: about.decision, decided_by: about.by, decided_at: about.at, decision_reason: about.reason })
    .where('id', '=', editId)
    .where('decision', 'is', null)
    .returning(['run_id', 'step'])
    .executeTakeFirst();
  if (row === undefined) throw new HubError('CONFLICT', `edit ${editId} was decided on already`);
  return row;
}

const editOf = (row: Selectable<EditTable>): StepEdit => ({
  id: row.id,
  processId: id<'Process'>(row.run_id),
  step: row.step,
  exceptionId: row.exception_id,
  changes: row.changes,
  former: row.former,
  reason: row.reason,
  proposedBy: row.proposed_by,
  proposedAt: row.proposed_at.toISOString(),
  decision: row.decision,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at?.toISOString() ?? null,
});
