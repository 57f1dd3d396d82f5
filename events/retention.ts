import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../platform/db/db.ts';
import { nowAndHourly } from '../platform/every.ts';
import type { Logger } from '../platform/log.ts';
import type { ConflictTables } from './conflicts/tables.ts';
import type { IngestTables } from './ingest/tables.ts';

/** How many rows go in one statement, so that nobody waits for it. */
const BATCH = 1_000;

/** What ended before. Nothing that waits is ever among it, be it for a system or for an operator. */
const ENDED: Readonly<Record<string, (before: Date) => RawBuilder<unknown>>> = {
  // One that was dismissed says so for as long as it is seen.
  conflicts: (before) => sql`
    delete from conflict.conflict where id in (
      select id from conflict.conflict
      where state <> 'OPEN' and ended_at < ${before} and last_seen_at < ${before}
      order by ended_at limit ${BATCH} for update skip locked) returning 1`,
  // No vendor sends or lists an event again after so long.
  changes: (before) => sql`
    delete from ingest.inbox where id in (
      select id from ingest.inbox
      where state in ('APPLIED', 'SUPERSEDED', 'ECHO', 'DISMISSED') and received_at < ${before}
        and (parked_at is null or parked_at < ${before})
      order by id limit ${BATCH} for update skip locked) returning 1`,
};

/** Removes what of events ended before: conflicts, and changes that were told by vendors. The answer counts rows. */
export async function removeEnded(pool: Db, before: Date): Promise<Readonly<Record<string, number>>> {
  const db = pool.withTables<ConflictTables & IngestTables>();
  const removed: Record<string, number> = {};
  for (const [what, removing] of Object.entries(ENDED)) {
    let all = 0;
    for (;;) {
      const { rows } = await removing(before).execute(db);
      all += rows.length;
      if (rows.length < BATCH) break;
    }
    removed[what] = all;
  }
  return removed;
}

/** Removes what ended more than so many days ago, now and once an hour. */
export function keepEventsRetention(
  db: Db,
  { days, now, log }: { readonly days: number; readonly now: () => number; readonly log: Logger },
): { close(): Promise<void> } {
  return nowAndHourly(
    async () => {
      const removed = await removeEnded(db, new Date(now() - days * 86_400_000));
      if (Object.values(removed).some((count) => count > 0))
        log.info({ ...removed, days }, 'what ended long ago was removed');
    },
    (error) => log.warn({ err: error }, 'what ended long ago could not be removed; trying again in an hour'),
  );
}
