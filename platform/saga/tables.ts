import type { ColumnType, Generated } from 'kysely';
import type { Migration } from '../db/migrate.ts';
import type { CauseClass } from '../failure.ts';

export type RunState =
  | 'WAITING_FOR_APPROVAL'
  | 'SCHEDULED'
  | 'ACCEPTED'
  | 'RUNNING'
  | 'RETRYING'
  | 'WAITING'
  | 'COMPENSATING'
  | 'COMPLETED'
  | 'COMPENSATED'
  | 'EXCEPTION'
  | 'REJECTED'
  /** Ended unfinished: a later run brought about what it was for. */
  | 'SUPERSEDED';
/** Not ended, and nothing is executed until somebody decides. */
export const RESTING = ['EXCEPTION', 'WAITING_FOR_APPROVAL'] as const satisfies readonly RunState[];
/** SKIPPED: an operator did it outside, or undid it there; the reason is in `error`, what he stated in `result`. */
export type StepState = 'RUNNING' | 'RETRYING' | 'DONE' | 'FAILED' | 'SKIPPED' | 'UNDOING' | 'UNDONE' | 'UNDO_FAILED';

/** JSON: read as parsed values, written as text. */
type Json = ColumnType<unknown, string, string>;
type Instant = ColumnType<Date, string, string>;
type MaybeInstant = ColumnType<Date | null, string | null, string | null>;

export interface RunTable {
  id: string;
  kind: string;
  state: RunState;
  /** Whether the run goes on, or is being undone. Once it goes back it never goes on again. */
  direction: 'FORWARD' | 'BACK';
  principal_id: string;
  idempotency_key: string;
  input_hash: string;
  input: Json;
  /** What only one unfinished run may hold. Example: `subscription:sub_1`. */
  lock: string | null;
  correlation_id: string;
  attributes: ColumnType<Record<string, string | null>, string, string>;
  /** Ranks what waits for an operator; the largest first. */
  weight: number;
  outcome: ColumnType<unknown, string | null, string | null>;
  reason: string | null;
  /** Counts executions: only the latest one may write, so that a frozen process that comes back writes nothing. */
  turn: number;
  /** The worker that executes it; null: none does. */
  owner: string | null;
  /** From when on any worker may take it up; null: one has, or nothing is to be done. By the database's clock. */
  due_at: MaybeInstant;
  /** Not before this instant it is due for the first time; null: at once. */
  not_before: ColumnType<Date | null, never, never>;
  /** What is due is taken up in this order, the lowest first. */
  rank: Generated<number>;
  /** How many workers died, or were cut off, while they executed it, since it last got a step done. */
  takeovers: Generated<number>;
  started_at: Instant;
  ended_at: MaybeInstant;
}

export interface StepTable {
  run_id: string;
  name: string;
  system: string;
  /** In which order the steps began. */
  position: number;
  state: StepState;
  attempts: number;
  /** An attempt may have taken effect without our knowing. */
  in_doubt: boolean;
  input: Json;
  before: Json;
  result: Json;
  /** Edits of the input, in the order in which they were confirmed (edited.ts); null: none. */
  edited: ColumnType<unknown, string | null | undefined, string>;
  error: string | null;
  error_code: string | null;
  next_attempt_at: MaybeInstant;
  started_at: Instant;
  ended_at: MaybeInstant;
}

export interface ExceptionTable {
  id: ColumnType<string, never, never>;
  run_id: string;
  step: string;
  system: string;
  cause_class: CauseClass;
  message: string;
  raised_at: Instant;
  resolved_at: MaybeInstant;
  resolution: Resolution | null;
  resolved_by: string | null;
}

export type Resolution = 'RETRIED' | 'GIVEN_UP' | 'EDITED' | 'SKIPPED' | 'SUPERSEDED';

/** Everything that happened, in order. Nothing in it is ever changed. */
export interface AuditTable {
  id: ColumnType<string, never, never>;
  run_id: string;
  at: Instant;
  event: string;
  step: string | null;
  principal_id: string | null;
  detail: string | null;
}

/** Workers that execute runs, by when they were last heard of; the database's clock. */
export interface WorkerTable {
  id: string;
  beat_at: Instant;
}

/** Places at a system, for all workers; `owner` holds one. */
export interface SlotTable {
  system: string;
  nr: number;
  owner: string | null;
}

/** When the next step may begin at a system that takes so many per second. */
export interface PaceTable {
  system: string;
  next_at: Instant;
}

/** When a system takes nothing. */
export interface ClosureTable {
  id: string;
  system: string;
  /** The only step that it does not take; null: it takes none. */
  step: string | null;
  from_at: Instant;
  until_at: Instant;
  reason: string;
  closed_by: string;
}

/** A type, not an interface: `Db.withTables` asks for one. */
export type SagaTables = {
  'process.run': RunTable;
  'process.step': StepTable;
  'process.exception': ExceptionTable;
  'process.audit': AuditTable;
  'process.worker': WorkerTable;
  'process.slot': SlotTable;
  'process.pace': PaceTable;
  'process.closure': ClosureTable;
};

/** The journal's tables, in the schema that `SAGA_SCHEMA` names. */
export const SAGA_SCHEMA = 'process';

export const sagaMigrations: readonly Migration[] = [
  {
    name: '0001-journal',
    sql: `
create table run (
  id text primary key,
  kind text not null,
  state text not null,
  direction text not null default 'FORWARD',
  principal_id text not null,
  idempotency_key text not null,
  input_hash text not null,
  input jsonb not null,
  lock text,
  correlation_id text not null,
  attributes jsonb not null,
  weight double precision not null,
  outcome jsonb,
  reason text,
  turn integer not null default 0,
  workflow_id text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  unique (principal_id, idempotency_key)
);
create unique index run_lock on run (lock) where lock is not null and ended_at is null;
create index run_newest on run (started_at desc, id desc);
create index run_unfinished on run (state) where ended_at is null;

create table step (
  run_id text not null references run,
  name text not null,
  system text not null,
  position integer not null,
  state text not null,
  attempts integer not null,
  in_doubt boolean not null,
  input jsonb,
  before jsonb,
  result jsonb,
  error text,
  error_code text,
  next_attempt_at timestamptz,
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (run_id, name)
);

create table exception (
  id bigint generated always as identity primary key,
  run_id text not null references run,
  step text not null,
  system text not null,
  cause_class text not null,
  message text not null,
  raised_at timestamptz not null,
  resolved_at timestamptz,
  resolution text,
  resolved_by text
);
create unique index exception_open on exception (run_id) where resolved_at is null;

create table audit (
  id bigint generated always as identity primary key,
  run_id text not null,
  at timestamptz not null,
  event text not null,
  step text,
  principal_id text,
  detail text
);
create index audit_of_run on audit (run_id, id);
create function refuse_change() returns trigger language plpgsql as
  $$ begin raise exception 'the audit of processes is append-only'; end $$;
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function refuse_change();
`,
  },
  {
    name: '0001-queue', // the table of runs is the queue as well
    sql: `
alter table run
  add column owner text,
  add column due_at timestamptz,
  add column rank smallint not null default 0,
  add column takeovers integer not null default 0,
  drop column workflow_id;
update run set due_at = now() where ended_at is null and state not in ('EXCEPTION', 'WAITING_FOR_APPROVAL');
alter table run set (fillfactor = 80);
alter table step set (fillfactor = 70);
create index run_due on run (rank, due_at) where due_at is not null;
create index run_owned on run (owner) where owner is not null;
create index run_finished on run (ended_at) where ended_at is not null;
create table worker (id text primary key, beat_at timestamptz not null);
`,
  },
  { name: '0006-edited-steps', sql: 'alter table step add column edited jsonb;' },
  {
    name: '0007-systems', // what each system is sent, and when
    sql: `
create table slot (system text, nr integer, owner text, primary key (system, nr));
create table pace (system text primary key, next_at timestamptz not null);
create table closure (
  id bigint generated always as identity primary key,
  system text not null,
  from_at timestamptz not null,
  until_at timestamptz not null check (until_at > from_at),
  reason text not null,
  closed_by text not null
);
`,
  },
  {
    name: '0008-retention', // what belongs to a run goes with it
    sql: `
alter table step drop constraint step_run_id_fkey, add foreign key (run_id) references run on delete cascade;
alter table exception drop constraint exception_run_id_fkey, add foreign key (run_id) references run on delete cascade;
create index exception_of_run on exception (run_id);
`,
  },
  {
    name: '0009-shards', // read where `createShards` finds its home
    sql: 'create table shard_of (customer_id text primary key, shard text not null);',
  },
  {
    name: '0010-closures-of-steps', // under ids that are the same on every shard
    sql: `
alter table closure alter column id drop identity;
alter table closure alter column id type text;
alter table closure add column step text;
`,
  },
  { name: '0011-starts', sql: 'alter table run add column not_before timestamptz;' },
];
