import { type Kysely, sql } from 'kysely';
import type { SagaTables } from './tables.ts';

/**
 * Ends a run that waits as an exception because another one brought about what it was for; nothing of it is done or undone any
 * more. Answers whether it did: not when somebody let the run go on meanwhile.
 */
export function supersede(
  db: Kysely<SagaTables>,
  { runId, exceptionId, reason, at }: { runId: string; exceptionId: string; reason: string; at: string },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('process.run')
      .set({ state: 'SUPERSEDED', reason, ended_at: at })
      .where('id', '=', runId)
      .where('state', '=', 'EXCEPTION')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('process.exception')
            .select('id')
            .where('process.exception.id', '=', exceptionId)
            .where('resolved_at', 'is', null),
        ),
      )
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await trx
      .updateTable('process.exception')
      .set({ resolved_at: at, resolution: 'SUPERSEDED' })
      .where('id', '=', exceptionId)
      .execute();
    await sql`insert into process.audit (run_id, at, event, detail)
      values (${runId}, ${at}, 'SUPERSEDED', ${reason})`.execute(trx);
    return true;
  });
}
