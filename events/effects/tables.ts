import type { ColumnType } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import { type Migration, migrate } from '../../platform/db/migrate.ts';
import type { CauseClass } from '../../platform/failure.ts';
import { readOutbox } from '../../platform/outbox/outbox.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../platform/outbox/tables.ts';

/**
 * DUE: is to be done. DONE: it is, or its process was accepted. NOT_NEEDED: there was nothing to do, `reason` says why.
 * PARKED: it cannot be done, and waits for somebody. DISMISSED: somebody said why it need not be done.
 */
export type EffectState = 'DUE' | 'DONE' | 'NOT_NEEDED' | 'PARKED' | 'DISMISSED';

export interface EffectTable {
  id: ColumnType<string, never, never>;
  event_id: string;
  event_name: string;
  /** Of the declaration. */
  name: string;
  /** The whole CloudEvent, as JSON. */
  event: ColumnType<unknown, string, never>;
  /** The effect and the event's own key: effects of one key are done in the order of their events, others do not wait for them. */
  order_key: string;
  state: EffectState;
  attempts: ColumnType<number, never, number>;
  next_attempt_at: ColumnType<Date | null, never, string | null>;
  process_id: ColumnType<string | null, never, string | null>;
  reason: ColumnType<string | null, never, string | null>;
  due_since: ColumnType<Date, never, never>;
  settled_at: ColumnType<Date | null, never, string | null>;
  /** Of what is parked, and was dismissed: why and where. */
  cause_class: ColumnType<CauseClass | null, never, CauseClass | null>;
  system: ColumnType<string | null, never, string | null>;
}

/** How far the outbox was read: one row. */
export interface ReadUpToTable {
  position: string;
}

export type EffectTables = { 'effect.effect': EffectTable; 'effect.read_up_to': ReadUpToTable };

const EFFECT_SCHEMA = 'effect';

const effectMigrations: readonly Migration[] = [
  {
    name: '0001-effects',
    sql: `
create table effect (
  id bigint generated always as identity primary key,
  event_id text not null,
  event_name text not null,
  name text not null,
  event jsonb not null,
  order_key text not null,
  state text not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  process_id text,
  reason text,
  due_since timestamptz not null default now(),
  settled_at timestamptz,
  unique (event_id, name)
);
create index effect_due on effect (order_key, id) where state = 'DUE';
create index effect_parked on effect (id) where state = 'PARKED';
create index effect_settled on effect (settled_at) where settled_at is not null;

-- What was told before there were effects has none.
create table read_up_to (position bigint not null);
insert into read_up_to select coalesce(max(position), 0) from outbox.event;
`,
  },
  {
    name: '0002-renewals',
    sql: `
-- One row: what of the agreed terms was read, and when to go on.
create table renewal_sweep (after text, due_at timestamptz not null default now());
insert into renewal_sweep default values;
`,
  },
  {
    name: '0003-parked',
    sql: `
alter table effect add column cause_class text, add column system text;
update effect set cause_class = 'INTERNAL', system = event->'data'->>'system' where state = 'PARKED';
create index effect_desk on effect (settled_at, id) where state in ('PARKED', 'DISMISSED');
`,
  },
];

const LAST_POSITION = String(2n ** 63n - 1n);

/** Brings the tables of effects up to date, and those of the outbox, from which they are taken. */
export async function migrateEffects(pool: Db): Promise<void> {
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
  // Gives what is told by now its place, which the first migration goes by.
  await readOutbox(pool.withTables<OutboxTables>(), { after: LAST_POSITION, first: 1 });
  await migrate(pool, EFFECT_SCHEMA, effectMigrations);
}
