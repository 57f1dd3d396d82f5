import { sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import { supersede } from '../../../platform/saga/supersede.ts';
import { updateCustomer } from '../sagas/update-customer.ts';

/**
 * When a later run makes a stuck one needless, by kind. A rule holds only for acts that set values which do not build on what
 * was there: the later run has set all that the stuck one was to set, so that nothing of it is left to be done or undone.
 * Orders, amendments and whatever else adds something are never resolved so: two of them are two.
 */
export const SUPERSEDED_BY: Readonly<Record<string, (stuck: unknown, later: unknown) => boolean>> = {
  [updateCustomer.name]: (stuck, later) => {
    const fields = new Set(fieldsOf(later));
    return fieldsOf(stuck).every((field) => fields.has(field));
  },
};

/** At most so many at a time. */
const MOST = 100;

/** Ends what waits as an exception and was made needless by a run of the same kind, for the same customer, that began after it was stuck. */
export async function resolveSuperseded(pool: Db, at: string): Promise<readonly string[]> {
  const { rows } = await sql<{
    id: string;
    exception_id: string;
    kind: string;
    input: unknown;
    later: string;
    said: unknown;
  }>`
    select run.id, exception.id as exception_id, run.kind, run.input, later.id as later, later.input as said
      from process.exception
      join process.run on run.id = exception.run_id
      join process.run later on later.customer_id = run.customer_id and later.kind = run.kind
       and later.state = 'COMPLETED' and later.started_at >= exception.raised_at
     where exception.resolved_at is null and run.kind = any(${Object.keys(SUPERSEDED_BY)}::text[])
     order by later.id limit ${MOST}`.execute(pool);
  const ended: string[] = [];
  for (const { id, exception_id, kind, input, later, said } of rows) {
    if (ended.includes(id) || SUPERSEDED_BY[kind]?.(input, said) !== true) continue;
    const reason = `process ${later} set the same later`;
    if (await supersede(pool.withTables(), { runId: id, exceptionId: exception_id, reason, at })) ended.push(id);
  }
  return ended;
}

/** The canonical fields that a change of master data sets. */
const fieldsOf = (input: unknown): string[] =>
  ((input as { writes?: readonly { field: string }[] }).writes ?? []).map(({ field }) => field);
