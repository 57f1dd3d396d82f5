import type { ColumnType } from 'kysely';
import type { Migration } from '../../../platform/db/migrate.ts';

export type EditDecision = 'CONFIRMED' | 'REJECTED' | 'REPLACED';

type Instant = ColumnType<Date, string, never>;

/** A change of a failed step's input that waits for a second operator, or did. */
export interface EditTable {
  id: string;
  run_id: string;
  step: string;
  /** The wait that it would end: of another one it is no remedy. */
  exception_id: string;
  changes: ColumnType<Record<string, unknown>, string, never>;
  /** The same fields as they were. */
  former: ColumnType<Record<string, unknown>, string, never>;
  reason: string;
  proposed_by: string;
  proposed_at: Instant;
  decision: ColumnType<EditDecision | null, never, EditDecision>;
  decided_by: ColumnType<string | null, never, string>;
  decided_at: ColumnType<Date | null, never, string>;
  decision_reason: ColumnType<string | null, never, string | null>;
}

/** Which version of the mappings to and from a system was in use from when on. */
export interface MappingTable {
  system: string;
  version: string;
  since: ColumnType<Date, string, never>;
}

export const deskMigration: Migration = {
  name: '0007-exceptions-desk',
  sql: `
create table edit (
  id text primary key,
  run_id text not null references run,
  step text not null,
  exception_id bigint not null references exception,
  changes jsonb not null,
  former jsonb not null,
  reason text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  decision text,
  decided_by text,
  decided_at timestamptz,
  decision_reason text
);
create unique index edit_waiting on edit (run_id) where decision is null;

create table mapping (
  system text not null,
  version text not null,
  since timestamptz not null,
  primary key (system, since)
);
`,
};
