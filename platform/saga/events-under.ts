import { sql } from 'kysely';
import type { Db } from '../db/db.ts';

/** One entry of the processes' own audit. */
export interface ProcessEvent {
  readonly processId: string;
  /** RFC 3339. */
  readonly at: string;
  readonly event: string;
  readonly step: string | null;
  readonly principalId: string | null;
}

const MOST = 1_000;

/** What was journaled of the runs under each correlation id, oldest first, at most 1,000 each. Nothing where no run ever was. */
export async function eventsUnder(
  db: Db,
  correlationIds: readonly string[],
): Promise<readonly (readonly ProcessEvent[])[]> {
  const { rows: there } = await sql<{ is: boolean }>`
    SELECT to_regclass('process.audit') IS NOT NULL AS is`.execute(db);
  if (there[0]?.is !== true) return correlationIds.map(() => []);
  const { rows } = await sql<{
    correlation_id: string;
    run_id: string;
    at: Date;
    event: string;
    step: string | null;
    principal_id: string | null;
  }>`
    SELECT asked.correlation_id, audit.*
      FROM unnest(${[...new Set(correlationIds)]}::text[]) AS asked (correlation_id)
     CROSS JOIN LATERAL (
       SELECT audit.run_id, audit.at, audit.event, audit.step, audit.principal_id
         FROM process.run JOIN process.audit ON audit.run_id = run.id
        WHERE run.correlation_id = asked.correlation_id
        ORDER BY audit.id LIMIT ${MOST}) AS audit`.execute(db);
  const byId = Map.groupBy(rows, ({ correlation_id }) => correlation_id);
  return correlationIds.map((id) =>
    (byId.get(id) ?? []).map(({ run_id, at, event, step, principal_id }) => ({
      processId: run_id,
      at: at.toISOString(),
      event,
      step,
      principalId: principal_id,
    })),
  );
}
