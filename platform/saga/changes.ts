import { sql } from 'kysely';
import type { Tail } from '../changes/changes.ts';
import { SAGA_SCHEMA } from './tables.ts';

/**
 * Each line of the journal's audit, as a change of its run, `process:<id>`, and of all that the run's attributes name by id:
 * `customerId` is a change of `customer:<id>`, and `changes` holds such names as they are, with blanks between.
 */
export const journalTail: Tail = {
  name: 'journal',
  async end(db) {
    const { rows } = await sql<{ id: string }>`select coalesce(max(id), 0)::text as id from process.audit`.execute(db);
    return rows[0]?.id ?? '0';
  },
  async after(db, id, first) {
    const { rows } = await sql<{ id: string; run: string; attributes: Record<string, string | null> }>`
      select audit.id::text, run.id as run, run.attributes
      from process.audit join process.run on run.id = audit.run_id
      where audit.id > ${id}::bigint order by audit.id limit ${first}`.execute(db);
    return rows.map(({ id: line, run, attributes }) => ({
      id: line,
      topics: [`${SAGA_SCHEMA}:${run}`, ...namedBy(attributes)],
    }));
  },
};

const namedBy = (attributes: Readonly<Record<string, string | null>>): string[] =>
  Object.entries(attributes).flatMap(([name, value]) => {
    if (value === null) return [];
    if (name === 'changes') return value.split(' ');
    return name.endsWith('Id') ? [`${name.slice(0, -'Id'.length)}:${value}`] : [];
  });
