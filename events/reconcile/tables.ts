import type { Migration } from '../../platform/db/migrate.ts';

export const RECONCILE_SCHEMA = 'reconcile';

/**
 * Runs and findings last; what a run has read is in unlogged tables, which a crash of the database empties as a whole, with
 * the places up to which was read: such a run begins anew.
 */
export const reconcileMigrations: readonly Migration[] = [
  {
    name: '0001-findings',
    sql: `
create table run (
  id           text primary key,
  scope        text not null,
  state        text not null,
  dry_run      boolean not null,
  since        date not null,
  requested_by text not null,
  requested_at timestamptz not null,
  started_at   timestamptz,
  ended_at     timestamptz,
  starts       integer not null default 0,
  compared     bigint not null default 0,
  totals       jsonb,
  error        text
);
create unique index run_one_for_each_scope on run (scope) where ended_at is null;
create index run_newest on run (requested_at desc);

create table finding (
  id             text primary key,
  fingerprint    text not null unique,
  kind           text not null,
  state          text not null,
  customer_id    text collate "C" not null,
  customer_name  text not null,
  system         text not null,
  owner          text not null,
  field          text,
  subject        text not null,
  owner_value    text,
  observed_value text,
  at_stake       text,
  currency       text,
  weight         double precision not null,
  about          jsonb not null,
  first_seen_at  timestamptz not null,
  last_seen_at   timestamptz not null,
  run_id         text not null,
  process_id     text,
  decided_by     text,
  reason         text
);
create index finding_open on finding (weight desc, id) where state in ('OPEN', 'REPAIRING');
create index finding_customer on finding (customer_id);
create index finding_run on finding (run_id);

create unlogged table stream (
  run_id  text not null,
  name    text not null,
  cursor  text,
  entries bigint not null default 0,
  done    boolean not null default false,
  primary key (run_id, name)
);
create unlogged table link (
  run_id      text not null,
  system      text not null,
  external_id text collate "C" not null,
  customer_id text collate "C" not null,
  primary key (run_id, system, external_id)
);
create unlogged table fact (
  run_id      text not null,
  customer_id text collate "C" not null,
  stream      text not null,
  data        jsonb not null
);
create index fact_of_customer on fact (run_id, customer_id);`,
  },
];
