import { type Selectable, sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import { HubError } from '../../../platform/errors.ts';
import type { Page } from '../../../platform/page.ts';
import type { RowScope } from '../../../platform/principal.ts';
import { hubIdIsWithin } from '../../../platform/rows/condition.ts';
import type { Alongside } from '../../../platform/saga/accept.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { ProcessId, System } from '../model.ts';
import type { UpdateCustomerInput } from '../schema.generated.ts';
import type { ProposalState, ProposalTable } from './tables.ts';

/** A field, and what it shall be; both values for people to read. */
export interface ProposedChange {
  readonly field: string;
  readonly oldValue: string | null;
  readonly newValue: string;
}

/** The fields of one owner, as `updateCustomer` takes them. */
export type ProposedInput = Omit<UpdateCustomerInput, 'idempotencyKey' | 'proposalReason' | 'waitSeconds'>;

export interface Proposal {
  readonly id: string;
  readonly state: ProposalState;
  readonly owner: System;
  readonly customerId: string;
  readonly proposedBy: string;
  readonly proposedFor: System | null;
  readonly proposedAt: string;
  readonly expiresAt: string;
  readonly reason: string;
  readonly input: ProposedInput;
  readonly changes: readonly ProposedChange[];
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly decisionReason: string | null;
  readonly decidedRunId: string | null;
}

export type NewProposal = Omit<Proposal, 'state' | 'decidedBy' | 'decidedAt' | 'decisionReason' | 'decidedRunId'>;

export interface ProposalQuery {
  readonly state: ProposalState | null;
  readonly owner: System | null;
  readonly first: number;
  readonly after: string | null;
}

/** What waits beyond its time counts as EXPIRED from that instant on, whether or not the table says so yet. */
export interface ProposalStore {
  proposal(id: string, at: string): Promise<Proposal | null>;
  /** What each process proposed, in the order asked. */
  proposedIn(ids: readonly ProcessId[], at: string): Promise<readonly (readonly Proposal[])[]>;
  /** Newest first. */
  proposals(query: ProposalQuery, at: string): Promise<Page<Proposal>>;
  /** Ends one that waits without writing anything. @throws CONFLICT when it does not wait */
  reject(id: string, about: { by: string; at: string; reason: string }): Promise<void>;
}

type Tables = SagaTables & { 'process.proposal': ProposalTable };

/** @param scope as if there were no proposals but those about these customers; null: all */
export function createProposalStore(pool: Db, scope: RowScope | null = null): ProposalStore {
  const db = pool.withTables<Tables>();
  const seen = scope === null ? sql<boolean>`true` : hubIdIsWithin(sql<string | null>`proposal.customer_id`, scope);
  const rows = () => db.selectFrom('process.proposal as proposal').selectAll().where(seen);
  const expire = (at: string) =>
    db
      .updateTable('process.proposal')
      .set({ state: 'EXPIRED', decided_at: at })
      .where('state', '=', 'PROPOSED')
      .where('expires_at', '<=', new Date(at))
      .execute();
  return {
    async proposal(id, at) {
      await expire(at);
      const row = await rows().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : proposalOf(row);
    },

    async proposedIn(ids, at) {
      await expire(at);
      const found = await rows().where('run_id', 'in', ids).orderBy('id').execute();
      return ids.map((one) => found.filter(({ run_id }) => run_id === one).map(proposalOf));
    },

    async proposals({ state, owner, first, after }, at) {
      await expire(at);
      let query = rows()
        .orderBy('id', 'desc') // ids grow with time
        .limit(first + 1);
      if (state !== null) query = query.where('state', '=', state);
      if (owner !== null) query = query.where('owner', '=', owner);
      if (after !== null) query = query.where('id', '<', after);
      const found = (await query.execute()).map(proposalOf);
      const entries = found.slice(0, first);
      return { entries, hasMore: found.length > first, endCursor: entries.at(-1)?.id ?? null };
    },

    reject: (id, { by, at, reason }) =>
      pool
        .withTables<SagaTables>()
        .transaction()
        .execute(decided(id, { state: 'REJECTED', by, at, reason, runId: null })),
  };
}

/** Writes proposals in the transaction that journals the process in which they were made. */
export const proposed = (runId: ProcessId, proposals: readonly NewProposal[]): Alongside => {
  return async (trx) => {
    const values = proposals.map((one) => ({
      id: one.id,
      run_id: runId,
      owner: one.owner,
      customer_id: one.customerId,
      proposed_by: one.proposedBy,
      proposed_for: one.proposedFor,
      proposed_at: one.proposedAt,
      expires_at: one.expiresAt,
      reason: one.reason,
      input: JSON.stringify(one.input),
      changes: JSON.stringify(one.changes),
      state: 'PROPOSED' as const,
    }));
    await trx.withTables<Tables>().insertInto('process.proposal').values(values).execute();
  };
};

/** Notes a decision, once. @throws CONFLICT when the proposal does not wait, so that nothing beside it is written either */
export function decided(
  id: string,
  about: { state: 'APPROVED' | 'REJECTED'; by: string; at: string; reason: string | null; runId: ProcessId | null },
): Alongside {
  return async (trx) => {
    const { numUpdatedRows } = await trx
      .withTables<Tables>()
      .updateTable('process.proposal')
      .set({
        state: about.state,
        decided_by: about.by,
        decided_at: about.at,
        decision_reason: about.reason,
        decided_run_id: about.runId,
      })
      .where('id', '=', id)
      .where('state', '=', 'PROPOSED')
      .where('expires_at', '>', new Date(about.at))
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new HubError('CONFLICT', `proposal ${id} does not wait any more`);
  };
}

const proposalOf = (row: Selectable<ProposalTable>): Proposal => ({
  id: row.id,
  state: row.state,
  owner: row.owner as System, // this and what follows was written by `proposed`
  customerId: row.customer_id,
  proposedBy: row.proposed_by,
  proposedFor: row.proposed_for as System | null,
  proposedAt: row.proposed_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  reason: row.reason,
  input: row.input as ProposedInput,
  changes: row.changes as readonly ProposedChange[],
  decidedBy: row.decided_by,
  decidedAt: row.decided_at?.toISOString() ?? null,
  decisionReason: row.decision_reason,
  decidedRunId: row.decided_run_id,
});
