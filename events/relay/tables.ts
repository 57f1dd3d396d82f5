import type { Migration } from '../../platform/db/migrate.ts';

/** How far each stream that is configured has been told; one process at a time tells it, by its lease. */
export interface StreamTable {
  name: string;
  /** Of the outbox: the stream has all up to here. */
  position: string;
  lease: string;
  leased_by: string | null;
  leased_until: Date | null;
}

export type RelayTables = { 'relay.stream': StreamTable };

export const RELAY_SCHEMA = 'relay';

export const relayMigrations: readonly Migration[] = [
  {
    name: '0001-stream',
    sql: `
create table stream (
  name text primary key,
  position bigint not null default 0,
  lease bigint not null default 0,
  leased_by text,
  leased_until timestamptz
);
`,
  },
];
