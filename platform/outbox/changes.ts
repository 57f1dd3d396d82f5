import { sql } from 'kysely';
import type { Tail } from '../changes/changes.ts';

/**
 * Each event that is told to the world, as a change of what it is in order with, of the record that it is about and of all that
 * its data name by id: `customer:C-10001`, `salesOrder:1207`, `process:prc_1`.
 */
export const outboxTail: Tail = {
  name: 'outbox',
  async end(db) {
    const { rows } = await sql<{ id: string }>`select coalesce(max(id), 0)::text as id from outbox.event`.execute(db);
    return rows[0]?.id ?? '0';
  },
  async after(db, id, first) {
    const { rows } = await sql<{ id: string; key: string; data: Readonly<Record<string, unknown>> }>`
      select id::text, order_key as key, event -> 'data' as data from outbox.event
      where id > ${id}::bigint order by id limit ${first}`.execute(db);
    return rows.map(({ id: event, key, data }) => ({ id: event, topics: [...new Set([key, ...namedBy(data)])] }));
  },
};

function namedBy(data: Readonly<Record<string, unknown>>): string[] {
  const ids = Object.entries(data).flatMap(([name, value]) =>
    name.endsWith('Id') && typeof value === 'string' ? [`${name.slice(0, -'Id'.length)}:${value}`] : [],
  );
  return typeof data.entity === 'string' ? [...ids, topicOf(data.entity)] : ids;
}

/** `sales-order:1` and `salesOrder:1` are the same record. */
const topicOf = (entity: string): string => {
  const [kind = '', ...id] = entity.split(':');
  return [kind.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase()), ...id].join(':');
};
