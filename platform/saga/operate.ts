import { type Kysely, sql } from 'kysely';
import { HubError } from '../errors.ts';
import type { Alongside } from './accept.ts';
import type { Resolution, SagaTables } from './tables.ts';

export interface Operation {
  readonly runId: string;
  readonly by: string;
  readonly at: string;
}

/** What an operator did about the step that failed before the run goes on; what `alongside` throws leaves the run waiting. */
export interface Remedy {
  readonly resolution: 'EDITED' | 'SKIPPED';
  /** For the audit. */
  readonly reason: string;
  readonly alongside: Alongside;
}

/** Lets a run that waits as an exception go on: forward from the step that failed, or on with its undoing. @throws NOT_FOUND, CONFLICT */
export function retry(
  db: Kysely<SagaTables>,
  operation: Operation & { readonly remedy?: Remedy | undefined },
): Promise<void> {
  return goOn(db, operation, operation.remedy?.resolution ?? 'RETRIED', {}, operation.remedy);
}

/** Has a run that waits as an exception undone, last step first; where that failed before, goes on with it. @throws NOT_FOUND, CONFLICT */
export async function giveUp(
  db: Kysely<SagaTables>,
  operation: Operation & { readonly reason: string },
): Promise<void> {
  await goOn(db, operation, 'GIVEN_UP', { direction: 'BACK', reason: operation.reason });
}

async function goOn(
  db: Kysely<SagaTables>,
  { runId, by, at }: Operation,
  resolution: Resolution,
  change: { direction?: 'BACK'; reason?: string },
  remedy?: Remedy,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const run = await trx
      .selectFrom('process.run')
      .select(['state', 'direction'])
      .where('id', '=', runId)
      .forUpdate()
      .executeTakeFirst();
    if (run === undefined) throw new HubError('NOT_FOUND', `there is no process ${runId}`);
    if (run.state !== 'EXCEPTION') {
      throw new HubError(
        'CONFLICT',
        `process ${runId} is ${run.state}; only one that waits as EXCEPTION can be acted on`,
      );
    }
    await remedy?.alongside(trx);
    const back = (change.direction ?? run.direction) === 'BACK';
    await trx
      .updateTable('process.run')
      .set({ ...change, state: back ? 'COMPENSATING' : 'RUNNING', takeovers: 0, due_at: sql`now()` })
      .where('id', '=', runId)
      .execute();
    await trx
      .updateTable('process.exception')
      .set({ resolved_at: at, resolution, resolved_by: by })
      .where('run_id', '=', runId)
      .where('resolved_at', 'is', null)
      .execute();
    await sql`insert into process.audit (run_id, at, event, principal_id, detail)
      values (${runId}, ${at}, ${resolution}, ${by}, ${change.reason ?? remedy?.reason ?? null})`.execute(trx);
  });
}
