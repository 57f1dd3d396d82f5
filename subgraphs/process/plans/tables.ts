import type { ColumnType } from 'kysely';
import type { Migration } from '../../../platform/db/migrate.ts';

type Instant = ColumnType<Date, string, never>;
/** JSON: read as parsed values, written as text. */
type Json = ColumnType<unknown, string, never>;

/** What an act would do as things stood at a time, kept so that the caller can ask for exactly this. */
export interface PlanTable {
  id: string;
  principal_id: string;
  /** The saga's name. */
  kind: string;
  /** Of what the caller said. */
  input_hash: string;
  /** What would be journaled. */
  passed: Json;
  /** What the plan rests on, by name. */
  rests_on: Json;
  expires_at: Instant;
  /** The process that runs it; null: it was not confirmed. */
  run_id: ColumnType<string | null, never, string>;
}

export const planMigration: Migration = {
  name: '0005-plans',
  sql: `
create table plan (
  id text primary key,
  principal_id text not null,
  kind text not null,
  input_hash text not null,
  passed jsonb not null,
  rests_on jsonb not null,
  expires_at timestamptz not null,
  run_id text references run
);
create index plan_expiry on plan (expires_at);
`,
};
