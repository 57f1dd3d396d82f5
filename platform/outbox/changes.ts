import { sql } from 'kysely';
import type { Tail } from '../changes/changes.ts';

/** Each event that is told to the world, as a change of what it is in order with. Example of the topic: `customer:C-10001`. */
export const outboxTail: Tail = {
  name: 'outbox',
  async end(db) {
    const { rows } = await sql<{ id: string }>`select coalesce(max(id), 0)::text as id from outbox.event`.execute(db);
    return rows[0]?.id ?? '0';
  },
  async after(db, id, first) {
    const { rows } = await sql<{ id: string; topic: string }>`
      select id::text, order_key as topic from outbox.event
      where id > ${id}::bigint order by id limit ${first}`.execute(db);
    return rows.map(({ id: event, topic }) => ({ id: event, topics: [topic] }));
  },
};
