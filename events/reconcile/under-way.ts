import { sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';

/**
 * Those of the customers for whom something was under way since: a process, or an event that came in. What systems tell of
 * them was read at different moments of it, so that a difference may be none.
 */
export async function underWaySince(db: Db, customers: readonly string[], since: string): Promise<ReadonlySet<string>> {
  if (customers.length === 0) return new Set();
  const subjects = customers.map((id) => `customer:${id}`);
  const { rows } = await sql<{ customer_id: string }>`
    select attributes ->> 'customerId' as customer_id from process.run
    where attributes ->> 'customerId' = any(${customers}::text[]) and (ended_at is null or ended_at >= ${since}::timestamptz)
      and state <> 'WAITING_FOR_APPROVAL'
    union
    select substr(order_key, 10) from outbox.event
    where order_key = any(${subjects}::text[]) and occurred_at >= ${since}::timestamptz`.execute(db);
  return new Set(rows.map(({ customer_id }) => customer_id));
}
