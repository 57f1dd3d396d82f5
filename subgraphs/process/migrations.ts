import type { Migration } from '../../platform/db/migrate.ts';
import { sagaMigrations } from '../../platform/saga/tables.ts';
import { approvalMigration, freeApprovalMigration } from './approvals/tables.ts';
import { deskMigration } from './exceptions/tables.ts';
import { planMigration } from './plans/tables.ts';
import { proposalMigration } from './proposals/tables.ts';
import { usageMigration } from './usage/tables.ts';

/** The tables behind processes: the engine's journal, and by which keys the graph finds a run. */
export const processMigrations: readonly Migration[] = [
  ...sagaMigrations,
  {
    name: '0002-keys-of-a-run',
    sql: `
alter table run
  add column customer_id text generated always as (attributes ->> 'customerId') stored,
  add column subscription_id text generated always as (attributes ->> 'subscriptionId') stored,
  add column sales_order_id text generated always as (attributes ->> 'salesOrderId') stored;
create index run_of_customer on run (customer_id, id desc);
create index run_of_subscription on run (subscription_id, id desc);
create index run_of_sales_order on run (sales_order_id) where sales_order_id is not null;
`,
  },
  approvalMigration,
  proposalMigration,
  planMigration,
  deskMigration,
  {
    name: '0008-retention-of-processes', // what belongs to a run goes with it
    sql: `
alter table approval drop constraint approval_run_id_fkey, add foreign key (run_id) references run on delete cascade;
alter table proposal drop constraint proposal_run_id_fkey, add foreign key (run_id) references run on delete cascade;
alter table proposal drop constraint proposal_decided_run_id_fkey,
  add foreign key (decided_run_id) references run on delete set null;
alter table plan drop constraint plan_run_id_fkey, add foreign key (run_id) references run on delete cascade;
create index proposal_by_decided_run on proposal (decided_run_id) where decided_run_id is not null;
create index plan_of_run on plan (run_id) where run_id is not null;
`,
  },
  usageMigration,
  freeApprovalMigration,
  {
    name: '0010-what-runs-change', // of unfinished runs only: each of their steps writes the index anew
    sql: `
create index run_changing on run using gin (string_to_array(attributes ->> 'changes', ' '))
  where ended_at is null and attributes ->> 'changes' is not null;
`,
  },
];
