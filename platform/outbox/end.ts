import { type Kysely, sql } from 'kysely';
import { readOutbox } from './outbox.ts';
import type { OutboxTables } from './tables.ts';

/** After every place that there can be. */
const NOWHERE = '9223372036854775807';

/** The place of the last event that is committed by now: who reads on from there is given what is told from now on. */
export async function endOfOutbox(db: Kysely<OutboxTables>): Promise<string> {
  for (let unplaced = true; unplaced; ) {
    await readOutbox(db, { after: NOWHERE, first: 1 }); // gives places
    const { rows } = await sql`select 1 from outbox.event where position is null limit 1`.execute(db);
    unplaced = rows.length > 0;
  }
  const { rows } = await sql<{ end: string | null }>`select max(position)::text as end from outbox.event`.execute(db);
  return rows[0]?.end ?? '0';
}
