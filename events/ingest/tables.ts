import type { ColumnType } from 'kysely';
import type { Migration } from '../../platform/db/migrate.ts';
import type { CauseClass } from '../../platform/failure.ts';

/**
 * RECEIVED: waits for those before it. APPLIED: done. SUPERSEDED: a later state of the record was told before. ECHO: the
 * hub's own write came back. PARKED: cannot be applied; waits for an operator. DISMISSED: an operator said why it stays so.
 */
export type InboxState = 'RECEIVED' | 'APPLIED' | 'SUPERSEDED' | 'ECHO' | 'PARKED' | 'DISMISSED';

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
  /** Of what is parked, and was dismissed: when, why and where; null for all others. */
  parked_at: ColumnType<Date | null, never, string | null>;
  cause_class: CauseClass | null;
  system: string | null;
  /** The hub's id of the customer, where it was known by then. */
  customer_id: string | null;
}

/** The latest state of a record that was applied: what is older comes too late. */
export interface AppliedTable {
  source: string;
  entity: string;
  occurred_at: Instant;
  /** Told by a state: it covers every event of that instant. */
  whole: boolean;
}

/** How far each feed was read, and who reads it now. Times are the database's, so that processes need not agree on one. */
export interface FeedTable {
  name: string;
  /** A `Cursor`, as JSON; null: never read. */
  cursor: ColumnType<unknown, string | null, string>;
  due_at: ColumnType<Date, never, never>;
  /** Of the one poll that may move the cursor, while it lasts. */
  held_by: string | null;
  held_until: ColumnType<Date | null, never, never>;
  /** When a poll last read to an end without a failure. */
  polled_at: ColumnType<Date | null, never, never>;
  /** There was more than one poll may read. */
  behind: boolean;
  /** In a row. */
  failures: number;
  problem: string | null;
  /** Changes that were new when they were read. */
  found: ColumnType<string, never, never>;
  /** Of a feed beside webhooks: those that the webhooks should have brought. */
  missed: ColumnType<string, never, never>;
}

export type IngestTables = {
  'ingest.inbox': InboxTable;
  'ingest.applied': AppliedTable;
  'ingest.feed': FeedTable;
};

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
  {
    name: '0002-feeds',
    sql: `
alter table applied add column whole boolean not null default false;
create index inbox_entity on inbox (source, entity, occurred_at);
create index inbox_latest on inbox (source, id);

create table feed (
  name text primary key,
  cursor jsonb,
  due_at timestamptz not null default now(),
  held_by text,
  held_until timestamptz,
  polled_at timestamptz,
  behind boolean not null default false,
  failures integer not null default 0,
  problem text,
  found bigint not null default 0,
  missed bigint not null default 0
);
`,
  },
  {
    name: '0003-parked',
    sql: `
alter table inbox add column parked_at timestamptz, add column cause_class text, add column system text, add column customer_id text;
update inbox set parked_at = received_at, cause_class = case when inbound is null then 'MAPPING' else 'INTERNAL' end,
  system = case source when 'stripe' then 'BILLING' when 'zendesk' then 'SUPPORT' when 'salesforce' then 'CRM' when 'netsuite' then 'ERP' end
where state = 'PARKED';
create index inbox_desk on inbox (parked_at, id) where state in ('PARKED', 'DISMISSED');
`,
  },
  {
    name: '0004-retention',
    sql: 'create index inbox_received on inbox using brin (received_at)', // rows come in its order
  },
  {
    name: '0005-turns',
    sql: "create index inbox_turn on inbox (source, id) where state = 'RECEIVED'",
  },
];
