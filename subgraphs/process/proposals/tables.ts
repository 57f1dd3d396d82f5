import type { ColumnType } from 'kysely';
import type { Migration } from '../../../platform/db/migrate.ts';

export type ProposalState = 'PROPOSED' | 'APPROVED' | 'REJECTED' | 'EXPIRED';

type Instant = ColumnType<Date, string, string>;
type MaybeInstant = ColumnType<Date | null, string | null | undefined, string | null>;
type Maybe = ColumnType<string | null, string | null | undefined, string | null>;
/** JSON: read as parsed values, written as text. */
type Json = ColumnType<unknown, string, never>;

/** A change of one owner's fields that waits for the owner's steward. */
export interface ProposalTable {
  id: string;
  /** The process in which it was proposed. */
  run_id: string;
  owner: string;
  customer_id: string;
  proposed_by: string;
  proposed_for: string | null;
  proposed_at: Instant;
  expires_at: Instant;
  reason: string;
  /** The fields as `updateCustomer` takes them. */
  input: Json;
  /** The same for people, with what was there before. */
  changes: Json;
  state: ProposalState;
  decided_by: Maybe;
  decided_at: MaybeInstant;
  decision_reason: Maybe;
  /** The process that the approval started. */
  decided_run_id: Maybe;
}

export const proposalMigration: Migration = {
  name: '0004-proposals',
  sql: `
create table proposal (
  id text primary key,
  run_id text not null references run,
  owner text not null,
  customer_id text not null,
  proposed_by text not null,
  proposed_for text,
  proposed_at timestamptz not null,
  expires_at timestamptz not null,
  reason text not null,
  input jsonb not null,
  changes jsonb not null,
  state text not null,
  decided_by text,
  decided_at timestamptz,
  decision_reason text,
  decided_run_id text references run
);
create unique index proposal_of_run on proposal (run_id, owner);
create index proposal_waiting on proposal (owner, id desc) where state = 'PROPOSED';
`,
};
