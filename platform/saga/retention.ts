import { type Kysely, type RawBuilder, sql } from 'kysely';
import { nowAndHourly } from '../every.ts';
import type { Logger } from '../log.ts';
import type { SagaTables } from './tables.ts';

/** How many runs go in one transaction, so that nobody waits for it. */
const BATCH = 200;
const LOCK = sql`hashtextextended('concord.process.retention', 0)`;

export interface Retention {
  /** Days after its end. */
  readonly days: number;
  /** A run (`run`) of which this is true stays. Example: somebody still has to decide about it. */
  readonly unless?: RawBuilder<boolean>;
}

/**
 * Removes runs that ended longer ago, with all that belongs to them (`on delete cascade`), and so their idempotency keys. The
 * audit stays: it is append-only, and holds no input. The answer counts runs.
 */
export async function removeOld(db: Kysely<SagaTables>, { days, unless = sql`false` }: Retention): Promise<number> {
  let removed = 0;
  for (;;) {
    const batch = await db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(${LOCK}) as mine`.execute(trx);
      if (rows[0]?.mine !== true) return 0; // another worker is at it
      const { numAffectedRows } = await sql`
        delete from process.run where id in (
          select id from process.run as run where ended_at < now() - ${days} * interval '1 day' and not (${unless})
          order by ended_at limit ${BATCH} for update skip locked)`.execute(trx);
      return Number(numAffectedRows ?? 0);
    });
    removed += batch;
    if (batch < BATCH) return removed;
  }
}

/** Removes what is too old, and workers that were not heard of for a day, now and once an hour. */
export function keepRetention(db: Kysely<SagaTables>, rules: Retention, log: Logger): { close(): Promise<void> } {
  return nowAndHourly(
    async () => {
      const removed = await removeOld(db, rules);
      if (removed > 0) log.info({ removed, days: rules.days }, 'processes that ended long ago were removed');
      await sql`delete from process.worker where beat_at < now() - interval '1 day'`.execute(db);
    },
    (error) => log.warn({ err: error }, 'processes that ended long ago could not be removed; trying again in an hour'),
  );
}
