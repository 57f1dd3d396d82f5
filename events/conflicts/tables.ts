import type { ColumnType } from 'kysely';
import type { Migration } from '../../platform/db/migrate.ts';

/**
 * OPEN: the systems disagree. RESOLVED: they agree again, or the field is the holder's by now. DISMISSED: an operator said why
 * it may stay; it stays so until either value changes.
 */
export const CONFLICT_STATES = ['OPEN', 'RESOLVED', 'DISMISSED'] as const;
export type ConflictState = (typeof CONFLICT_STATES)[number];

/** How it was resolved. */
export type Resolution = 'OWNER_TOOK_OVER' | 'HOLDER_CORRECTED' | 'OWNERSHIP_MOVED';

export interface ConflictTable {
  id: ColumnType<string, never, never>;
  customer_id: string;
  /** Example: `Customer.legalName`. */
  field: string;
  /** Who holds another value than the owner. */
  system: string;
  /** The holder's id of the customer. */
  external_id: string;
  owner: string;
  held: string;
  owned: string;
  state: ConflictState;
  seen: number;
  first_seen_at: ColumnType<Date, string, never>;
  last_seen_at: ColumnType<Date, string, string>;
  /** The event by which it was seen last: the same one said again is not counted. */
  last_event_id: string;
  ended_at: ColumnType<Date | null, never, string | null>;
  resolution: ColumnType<Resolution | null, never, Resolution | null>;
  dismissed_by: ColumnType<string | null, never, string | null>;
  reason: ColumnType<string | null, never, string | null>;
}

export type ConflictTables = { 'conflict.conflict': ConflictTable };

export const CONFLICT_SCHEMA = 'conflict';

export const conflictMigrations: readonly Migration[] = [
  {
    name: '0001-conflicts',
    sql: `
create table conflict (
  id bigint generated always as identity primary key,
  customer_id text not null,
  field text not null,
  system text not null,
  external_id text not null,
  owner text not null,
  held text not null,
  owned text not null,
  state text not null,
  seen integer not null default 1,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  last_event_id text not null,
  ended_at timestamptz,
  resolution text,
  dismissed_by text,
  reason text
);
create unique index conflict_open on conflict (customer_id, field, system) where state = 'OPEN';
create index conflict_of on conflict (customer_id, field, system, id desc);
create index conflict_by_state on conflict (state, id desc);
`,
  },
  {
    name: '0002-retention',
    sql: 'create index conflict_ended on conflict (ended_at) where ended_at is not null',
  },
];
