import type { ColumnType } from 'kysely';
import type { Migration } from '../../platform/db/migrate.ts';

/**
 * RECEIVED: waits for those before it. APPLIED: done. SUPERSEDED: a later state of the record was told before. ECHO: the
 * hub's own write came back. PARKED: cannot be applied; waits for an operator.
 */
export type InboxState = 'RECEIVED' | 'APPLIED' | 'SUPERSEDED' | 'ECHO' | 'PARKED';

type Instant = ColumnType<Date, string, string>;

export interface InboxTable {
  id: ColumnType<string, never, never>;
  source: string;
  event_id: string;
  type: string;
  occurred_at: Instant;
  received_at: ColumnType<Date, never, never>;
  /** Applied in the order of their arrival within one source and entity. */
  entity: string;
  /** An `Inbound`, as JSON; null for what could not be read. */
  inbound: ColumnType<unknown, string | null, never>;
  /** The body of what could not be read, for who looks into it; null for all others: the hub keeps no values of vendors here. */
  body: string | null;
  state: InboxState;
  attempts: number;
  next_attempt_at: ColumnType<Date | null, string | null, string | null>;
  reason: string | null;
}

/** The latest state of a record that was applied: what is older comes too late. */
export interface AppliedTable {
  source: string;
  entity: string;
  occurred_at: Instant;
}

export type IngestTables = { 'ingest.inbox': InboxTable; 'ingest.applied': AppliedTable };

export const INGEST_SCHEMA = 'ingest';

export const ingestMigrations: readonly Migration[] = [
  {
    name: '0001-inbox',
    sql: `
create table inbox (
  id bigint generated always as identity primary key,
  source text not null,
  event_id text not null,
  type text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  entity text not null,
  inbound jsonb,
  body text,
  state text not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  reason text,
  unique (source, event_id)
);
create index inbox_waiting on inbox (source, entity, id) where state = 'RECEIVED';
create index inbox_parked on inbox (id) where state = 'PARKED';

create table applied (
  source text not null,
  entity text not null,
  occurred_at timestamptz not null,
  primary key (source, entity)
);
`,
  },
];
