import type { ColumnType } from 'kysely';
import type { Migration } from '../../platform/db/migrate.ts';

/** What an operator decided about what is parked. */
export type ParkedDecision = 'RETRIED' | 'DISMISSED';

export interface DecisionTable {
  id: ColumnType<string, never, never>;
  /** Of the item. Example: `effect-12`. */
  item: string;
  decision: ParkedDecision;
  at: ColumnType<Date, string, never>;
  /** The key or person. */
  by: string;
  /** Why it was dismissed. */
  reason: string | null;
  /** What it had been parked for. */
  parked_for: string | null;
}

export type ParkedTables = { 'parked.decision': DecisionTable };

export const PARKED_SCHEMA = 'parked';

export const parkedMigrations: readonly Migration[] = [
  {
    name: '0001-decisions',
    sql: `
create table decision (
  id bigint generated always as identity primary key,
  item text not null,
  decision text not null,
  at timestamptz not null,
  by text not null,
  reason text,
  parked_for text
);
create index decision_of on decision (item, id);
create function decision_append_only() returns trigger language plpgsql as
  $$ begin raise exception 'the audit of what was parked is append-only'; end $$;
create trigger decision_append_only before update or delete or truncate on decision
  for each statement execute function decision_append_only();
`,
  },
];
