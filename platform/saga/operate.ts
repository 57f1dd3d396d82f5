import { type Kysely, sql } from 'kysely';
import { HubError } from '../errors.ts';
import type { Alongside, Enqueue } from './accept.ts';
import { RESTING, type Resolution, type SagaTables } from './tables.ts';

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
  enqueue: Enqueue,
  operation: Operation & { readonly remedy?: Remedy | undefined },
): Promise<void> {
  return goOn(db, enqueue, operation, operation.remedy?.resolution ?? 'RETRIED', {}, operation.remedy);
}

/** Has a run that waits as an exception undone, last step first; where that failed before, goes on with it. @throws NOT_FOUND, CONFLICT */
export async function giveUp(
  db: Kysely<SagaTables>,
  enqueue: Enqueue,
  operation: Operation & { readonly reason: string },
): Promise<void> {
  await goOn(db, enqueue, operation, 'GIVEN_UP', { direction: 'BACK', reason: operation.reason });
}

async function goOn(
  db: Kysely<SagaTables>,
  enqueue: Enqueue,
  { runId, by, at }: Operation,
  resolution: Resolution,
  change: { direction?: 'BACK'; reason?: string },
  remedy?: Remedy,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const run = await trx
      .selectFrom('process.run')
      .select(['state', 'direction', 'turn'])
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
    const workflowId = `${runId}:${run.turn}`; // turns only grow, and each execution takes one
    const back = (change.direction ?? run.direction) === 'BACK';
    await trx
      .updateTable('process.run')
      .set({ ...change, state: back ? 'COMPENSATING' : 'RUNNING', workflow_id: workflowId })
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
    await enqueue(trx, runId, workflowId);
  });
}

/** Gives runs a new execution whose old one ended without them; the engine's own recovery finds all others. */
export async function pickUp(
  db: Kysely<SagaTables>,
  enqueue: Enqueue,
  isLive: (workflowIds: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<number> {
  const unfinished = await db
    .selectFrom('process.run')
    .select(['id', 'workflow_id'])
    .where('ended_at', 'is', null)
    .where('state', 'not in', RESTING)
    .execute();
  const live = await isLive(unfinished.map(({ workflow_id }) => workflow_id));
  const strays = unfinished.filter(({ workflow_id }) => !live.has(workflow_id));
  for (const { id, workflow_id } of strays) {
    await db.transaction().execute(async (trx) => {
      const workflowId = `${workflow_id}+`;
      const { numUpdatedRows } = await trx
        .updateTable('process.run')
        .set({ workflow_id: workflowId })
        .where('id', '=', id)
        .where('workflow_id', '=', workflow_id)
        .where('ended_at', 'is', null)
        .execute()
        .then(([result]) => result ?? { numUpdatedRows: 0n });
      if (numUpdatedRows > 0n) await enqueue(trx, id, workflowId);
    });
  }
  return strays.length;
}
