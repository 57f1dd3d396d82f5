import type { ColumnType } from 'kysely';
import type { Migration } from '../db/migrate.ts';

type Instant = ColumnType<Date, string, never>;

/** What is to be told to the world, in the order in which it was committed. Rows are only added, and dropped by age. */
export interface OutboxTable {
  /** In which order rows were written; of one order key also in which they were committed. */
  id: ColumnType<string, never, never>;
  /**
   * Its place for readers, given once it is committed: a number of the writer's would be read past when a lower one is
   * committed after a higher one.
   */
  position: ColumnType<string | null, never, never>;
  /** The event's own id, the same for every subscriber and at every replay. */
  event_id: string;
  /** Example: `SubscriptionAmended`. */
  type: string;
  version: number;
  /** Events of one key are told in their order. Example: `customer:C-10001`. */
  order_key: string;
  occurred_at: Instant;
  recorded_at: ColumnType<Date, never, never>;
  /** A whole CloudEvent 1.0, as JSON. */
  event: ColumnType<unknown, string, never>;
}

export type OutboxTables = { 'outbox.event': OutboxTable };

export const OUTBOX_SCHEMA = 'outbox';

export const outboxMigrations: readonly Migration[] = [
  {
    name: '0001-outbox',
    sql: `
create sequence place;
create table event (
  id bigint generated always as identity primary key,
  position bigint unique,
  event_id text not null unique,
  type text not null,
  version integer not null,
  order_key text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  event jsonb not null
);
create index event_unplaced on event (id) where position is null;
create index event_recorded on event (recorded_at);
create index event_order on event (order_key, id);
`,
  },
];
