import { type Kysely, sql, type Transaction } from 'kysely';
import { HubError } from '../errors.ts';
import type { Alongside } from './accept.ts';
import type { SagaTables } from './tables.ts';

/** What somebody decided about a run that was accepted as held. */
export interface Verdict {
  readonly runId: string;
  readonly by: string;
  readonly at: string;
  /** Judges and notes the decision; what it throws leaves the run as it is. */
  readonly alongside: Alongside;
}

/** Has a held run executed from now on. @throws NOT_FOUND, CONFLICT unless it waits */
export async function release(db: Kysely<SagaTables>, verdict: Verdict): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await held(trx, verdict);
    await sql`update process.run set state = 'ACCEPTED', due_at = now() where id = ${verdict.runId}`.execute(trx);
    await noted(trx, verdict, 'APPROVED', null);
  });
}

/** Ends a held run: nothing of it was executed, and its lock is free. @throws NOT_FOUND, CONFLICT unless it waits */
export async function dismiss(db: Kysely<SagaTables>, verdict: Verdict & { readonly reason: string }): Promise<void> {
  const { runId, at, reason } = verdict;
  await db.transaction().execute(async (trx) => {
    await held(trx, verdict);
    await trx
      .updateTable('process.run')
      .set({ state: 'REJECTED', reason, ended_at: at })
      .where('id', '=', runId)
      .execute();
    await noted(trx, verdict, 'REJECTED', reason);
  });
}

/** Locks the run, and notes the decision. */
async function held(trx: Transaction<SagaTables>, { runId, alongside }: Verdict): Promise<void> {
  const run = await trx
    .selectFrom('process.run')
    .select('state')
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  if (run === undefined) throw new HubError('NOT_FOUND', `there is no process ${runId}`);
  if (run.state !== 'WAITING_FOR_APPROVAL') {
    throw new HubError(
      'CONFLICT',
      `process ${runId} is ${run.state}; only one that waits for approval can be decided on`,
    );
  }
  await alongside(trx);
}

const noted = (trx: Transaction<SagaTables>, { runId, at, by }: Verdict, event: string, detail: string | null) =>
  sql`insert into process.audit (run_id, at, event, principal_id, detail)
    values (${runId}, ${at}, ${event}, ${by}, ${detail})`.execute(trx);
