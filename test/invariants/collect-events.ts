import { sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import { readOutbox } from '../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { DeliveredEvent, JournaledRun, OwedEvent, ToldEvents, WrittenEvent } from './evidence.ts';
import { owedBy } from './told-by-processes.ts';

/** What was told to the world, and what had to be. */
export async function toldEvents(
  db: Db,
  runs: readonly JournaledRun[],
  delivered: readonly DeliveredEvent[] | null,
): Promise<ToldEvents> {
  const written = await sql<WrittenEvent>`
    select event_id as "eventId", type as name, order_key as "orderKey", event ->> 'data' as says
      from outbox.event order by id`.execute(db);
  return {
    owed: [...runs.flatMap(owedBy), ...(await owedByInbox(db))],
    written: written.rows,
    read: await readToTheEnd(db),
    delivered,
  };
}

/** As a subscriber reads that begins today. */
async function readToTheEnd(pool: Db): Promise<string[]> {
  const db = pool.withTables<OutboxTables>();
  const read: string[] = [];
  for (let after = '0'; ; ) {
    const page = await readOutbox(db, { after, first: 1_000 });
    const last = page.at(-1);
    if (last === undefined) return read;
    read.push(...page.map(({ event }) => event.id));
    after = last.position;
  }
}

/** Changes that vendors told of and that mean something to the world. */
async function owedByInbox(db: Db): Promise<readonly OwedEvent[]> {
  const { rows: there } = await sql<{ is: boolean }>`select to_regclass('ingest.inbox') is not null as is`.execute(db);
  if (there[0]?.is !== true) return [];
  const { rows } = await sql<{ source: string; event_id: string; entity: string }>`
    select source, event_id, entity from ingest.inbox
     where state = 'APPLIED' and inbound ->> 'tells' is not null`.execute(db);
  return rows.map(({ source, event_id, entity }) => ({
    ids: [`${source}:${event_id}`],
    change: `${entity} changed at ${source}`,
    processId: null,
    correlationId: `${source}:${event_id}`,
  }));
}
