import { type Kysely, sql } from 'kysely';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { DeliverTables } from './tables.ts';

/** Few at a time, so that nobody waits for a lock. */
const AT_ONCE = 1_000;

/**
 * Drops events, and dead letters, that were recorded before. An event that waits in a lane stays until it is dealt with; what a
 * subscription that is paused or disabled has not read by then it misses. Answers how many events were dropped.
 */
export async function prune(db: Kysely<DeliverTables & OutboxTables>, before: Date): Promise<number> {
  await sql`delete from deliver.waiting where died_at < ${before}`.execute(db);
  for (let dropped = 0; ; ) {
    const { rows } = await sql`
      delete from outbox.event where id in (
        select id from outbox.event as old
        where recorded_at < ${before} and position is not null
          and not exists (select 1 from deliver.waiting where waiting.position = old.position)
        order by id limit ${AT_ONCE})
      returning 1`.execute(db);
    dropped += rows.length;
    if (rows.length < AT_ONCE) return dropped;
  }
}
