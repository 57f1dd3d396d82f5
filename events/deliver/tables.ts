import type { ColumnType } from 'kysely';
import type { Migration } from '../../platform/db/migrate.ts';

/** ACTIVE: events are sent. PAUSED: by who handles it. DISABLED: by the hub, see `reason`. */
export type SubscriptionState = 'ACTIVE' | 'PAUSED' | 'DISABLED';

/** In which version of its data an event is sent: as it was told, or as it is told now. */
export type Mapping = 'THEN' | 'NOW';

type Instant = ColumnType<Date, Date | string, Date | string>;
type MaybeInstant = ColumnType<Date | null, Date | string | null, Date | string | null>;
type Count = ColumnType<string, never, never>;

/** Whom to tell what, and how far that got: each row is a lane of its own, on which one process at a time delivers. */
export interface SubscriptionTable {
  id: string;
  /** In the order in which they were made. */
  nr: ColumnType<string, never, never>;
  key_id: string;
  name: string;
  url: string;
  /** null: all. */
  events: ColumnType<string[] | null, string[] | null, string[] | null>;
  customers: ColumnType<string[] | null, string[] | null, string[] | null>;
  state: SubscriptionState;
  reason: string | null;
  since: Instant;
  created_at: Instant;
  /** Who made it, and with which idempotency key and input. */
  made_by: string;
  made_with: string;
  made_of: string;
  /** Of the outbox: all up to here is delivered, left out, or waits in `deliver.waiting`. */
  position: ColumnType<string, string | undefined, string>;
  /** Goes up with each lease, so that who lost his cannot write any more. */
  lease: ColumnType<string, never, never>;
  leased_by: ColumnType<string | null, never, string | null>;
  leased_until: ColumnType<Date | null, never, Date | null>;
  /** Attempts that failed since one succeeded. */
  failures: ColumnType<number, never, number>;
  failing_since: ColumnType<Date | null, never, Date | null>;
  /** Nothing is sent before. */
  held_until: ColumnType<Date | null, never, Date | null>;
  last_failure: ColumnType<string | null, never, string | null>;
  last_delivered_at: ColumnType<Date | null, never, Date | null>;
  delivered: Count;
  failed: Count;
}

export interface SecretTable {
  subscription_id: string;
  nr: ColumnType<string, never, never>;
  /** By `platform/seal.ts`, for this subscription. */
  sealed: string;
  made_at: Instant;
  ends_at: MaybeInstant;
}

/** Events that a subscriber has yet to get, in their order within one order key; and those that were given up. */
export interface WaitingTable {
  id: ColumnType<string, never, never>;
  subscription_id: string;
  /** Of the event, in the outbox. */
  position: string;
  order_key: string;
  mapping: Mapping;
  attempts: number;
  first_failed_at: MaybeInstant;
  /** null: at once. */
  next_attempt_at: MaybeInstant;
  reason: string | null;
  /** When it was given up; null: it waits. */
  died_at: MaybeInstant;
}

export type DeliverTables = {
  'deliver.subscription': SubscriptionTable;
  'deliver.secret': SecretTable;
  'deliver.waiting': WaitingTable;
};

export const DELIVER_SCHEMA = 'deliver';

/** After those of the outbox. */
export const deliverMigrations: readonly Migration[] = [
  {
    name: '0001-subscriptions',
    sql: `
create table subscription (
  id text primary key,
  nr bigint generated always as identity,
  key_id text not null,
  name text not null,
  url text not null,
  events text[],
  customers text[],
  state text not null,
  reason text,
  since timestamptz not null,
  created_at timestamptz not null,
  made_by text not null,
  made_with text not null,
  made_of text not null,
  position bigint not null default 0,
  lease bigint not null default 0,
  leased_by text,
  leased_until timestamptz,
  failures integer not null default 0,
  failing_since timestamptz,
  held_until timestamptz,
  last_failure text,
  last_delivered_at timestamptz,
  delivered bigint not null default 0,
  failed bigint not null default 0,
  unique (made_by, made_with)
);
create index subscription_of_key on subscription (key_id);

create table secret (
  nr bigint generated always as identity primary key,
  subscription_id text not null references subscription on delete cascade,
  sealed text not null,
  made_at timestamptz not null,
  ends_at timestamptz
);
create index secret_of_subscription on secret (subscription_id);

create table waiting (
  id bigint generated always as identity primary key,
  subscription_id text not null references subscription on delete cascade,
  position bigint not null,
  order_key text not null,
  mapping text not null,
  attempts integer not null default 0,
  first_failed_at timestamptz,
  next_attempt_at timestamptz,
  reason text,
  died_at timestamptz
);
create index waiting_in_order on waiting (subscription_id, order_key, id) where died_at is null;
create index waiting_in_lane on waiting (subscription_id, id) where died_at is null;
create index waiting_dead on waiting (subscription_id, id) where died_at is not null;
create index waiting_position on waiting (position);
`,
  },
];
