import type { ColumnType } from 'kysely';
import type { Migration } from '../../../platform/db/migrate.ts';

type Instant = ColumnType<Date, string, string>;

/** An event that was accepted. Never deleted by the hub: its id counts once for ever, long after billing forgot it. */
export interface UsageEventTable {
  customer_id: string;
  /** The caller's name of it. */
  event_id: string;
  /** The process that counts it; another one's once that one was undone or rejected. */
  run_id: string;
  /** Of what it says, to tell a repetition from another use of the id. */
  content: string;
  subscription_id: string;
  sku: string;
  /** Decimal text. */
  quantity: string;
  occurred_at: Instant;
  counted_at: Instant;
}

/** A threshold that was told: once for each period. */
export interface UsageThresholdTable {
  subscription_id: string;
  sku: string;
  period_starts_on: string;
  percent: number;
  run_id: string;
  reached_at: Instant;
}

export type UsageTables = {
  'process.usage_event': UsageEventTable;
  'process.usage_threshold': UsageThresholdTable;
};

export const usageMigration: Migration = {
  name: '0009-usage',
  sql: `
create table usage_event (
  customer_id text not null,
  event_id text not null,
  run_id text not null,
  content text not null,
  subscription_id text not null,
  sku text not null,
  quantity numeric(24, 6) not null,
  occurred_at timestamptz not null,
  counted_at timestamptz not null,
  primary key (customer_id, event_id)
);
create index usage_event_of_meter on usage_event (subscription_id, sku, counted_at);
create index usage_event_of_day on usage_event (customer_id, sku, occurred_at);
create table usage_threshold (
  subscription_id text not null,
  sku text not null,
  period_starts_on text not null,
  percent integer not null,
  run_id text not null,
  reached_at timestamptz not null,
  primary key (subscription_id, sku, period_starts_on, percent)
);
`,
};
