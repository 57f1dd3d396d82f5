import { type Kysely, sql, type Transaction } from 'kysely';
import { HubError } from '../errors.ts';
import type { Alongside } from './accept.ts';
import type { RunState, SagaTables } from './tables.ts';

/** What somebody decided about a run that was accepted as held. */
export interface Verdict {
  readonly runId: string;
  readonly by: string;
  readonly at: string;
  /** Judges and notes the decision; what it throws leaves the run as it is. */
  readonly alongside: Alongside;
}

/** Has a held run executed from now on, or from the instant on that it was accepted for. @throws NOT_FOUND, CONFLICT unless it waits */
export async function release(db: Kysely<SagaTables>, verdict: Verdict): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await waiting(trx, verdict, HELD);
    await sql`update process.run set due_at = greatest(now(), not_before),
      state = case when not_before > now() then 'SCHEDULED' else 'ACCEPTED' end where id = ${verdict.runId}`.execute(
      trx,
    );
    await noted(trx, verdict, 'APPROVED', null);
  });
}

/** Ends a held run: nothing of it was executed, and its lock is free. @throws NOT_FOUND, CONFLICT unless it waits */
export const dismiss = (db: Kysely<SagaTables>, verdict: Ending): Promise<void> => end(db, verdict, HELD, 'REJECTED');

/** Ends a run that is scheduled and has not begun, as `dismiss` does. @throws NOT_FOUND, CONFLICT once it has begun */
export const withdraw = (db: Kysely<SagaTables>, verdict: Ending): Promise<void> =>
  end(db, verdict, { state: 'SCHEDULED', may: 'that has not begun can be withdrawn' }, 'WITHDRAWN');

type Ending = Verdict & { readonly reason: string };

async function end(db: Kysely<SagaTables>, verdict: Ending, from: Standing, event: string): Promise<void> {
  const { runId, at, reason } = verdict;
  await db.transaction().execute(async (trx) => {
    await waiting(trx, verdict, from);
    await trx
      .updateTable('process.run')
      .set({ state: 'REJECTED', reason, ended_at: at, due_at: null })
      .where('id', '=', runId)
      .execute();
    await noted(trx, verdict, event, reason);
  });
}

/** How a run has to stand for a decision about it. */
interface Standing {
  readonly state: RunState;
  /** What can be done with one that stands so, after `only one`. */
  readonly may: string;
}
const HELD: Standing = { state: 'WAITING_FOR_APPROVAL', may: 'that waits for approval can be decided on' };

/** Locks the run, and notes the decision. */
async function waiting(
  trx: Transaction<SagaTables>,
  { runId, alongside }: Verdict,
  { state, may }: Standing,
): Promise<void> {
  const run = await trx
    .selectFrom('process.run')
    .select('state')
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirst();
  if (run === undefined) throw new HubError('NOT_FOUND', `there is no process ${runId}`);
  if (run.state !== state) throw new HubError('CONFLICT', `process ${runId} is ${run.state}; only one ${may}`);
  await alongside(trx);
}

const noted = (trx: Transaction<SagaTables>, { runId, at, by }: Verdict, event: string, detail: string | null) =>
  sql`insert into process.audit (run_id, at, event, principal_id, detail)
    values (${runId}, ${at}, ${event}, ${by}, ${detail})`.execute(trx);
