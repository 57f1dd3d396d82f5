import type { ColumnType } from 'kysely';
import type { Migration } from '../../../platform/db/migrate.ts';

export type Decision = 'APPROVED' | 'REJECTED' | 'EXPIRED';

type Instant = ColumnType<Date, string, string>;
type MaybeInstant = ColumnType<Date | null, string | null | undefined, string | null>;
type Maybe = ColumnType<string | null, string | null | undefined, string | null>;

/** Why a run waits, and who decided; one row for a run that was accepted as held. */
export interface ApprovalTable {
  run_id: string;
  /** null: the act costs nothing. */
  amount: string | null;
  currency: string | null;
  /** null: the limit names other currencies only. */
  limit_amount: string | null;
  limit_of: 'KEY' | 'HUB';
  requested_by: string;
  requested_at: Instant;
  expires_at: Instant;
  /** null: it waits. */
  decision: ColumnType<Decision | null, Decision | null | undefined, Decision | null>;
  decided_by: Maybe;
  decided_at: MaybeInstant;
  reason: Maybe;
}

export const approvalMigration: Migration = {
  name: '0003-approvals',
  sql: `
create table approval (
  run_id text primary key references run,
  amount text not null,
  currency text not null,
  limit_amount text,
  limit_of text not null,
  requested_by text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  decision text,
  decided_by text,
  decided_at timestamptz,
  reason text
);
create index approval_waiting on approval (run_id) where decision is null;
`,
};

/** Acts that cost nothing may wait as well. */
export const freeApprovalMigration: Migration = {
  name: '0011-approvals-without-amount',
  sql: 'alter table approval alter column amount drop not null, alter column currency drop not null;',
};
