import { type Kysely, sql } from 'kysely';
import type { SagaTables } from './tables.ts';

/** Why each run waits for its system, in the words of its gate; null: it does not. One entry per id, in the order asked. */
export async function postponements(
  db: Kysely<SagaTables>,
  ids: readonly string[],
): Promise<readonly (string | null)[]> {
  const { rows } = await sql<{ run_id: string; detail: string | null }>`
    select distinct on (audit.run_id) audit.run_id, audit.detail
    from process.run join process.audit on audit.run_id = run.id
    where run.id = any(${[...new Set(ids)]}::text[]) and run.state = 'WAITING' and audit.event = 'POSTPONED'
    order by audit.run_id, audit.id desc`.execute(db);
  const told = new Map(rows.map(({ run_id, detail }) => [run_id, detail]));
  return ids.map((id) => told.get(id) ?? null);
}
