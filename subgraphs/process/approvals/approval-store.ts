import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import { id } from '../../../platform/ids.ts';
import { amountText, type Money, moneyOf } from '../../../platform/money.ts';
import type { Page } from '../../../platform/page.ts';
import type { RowScope } from '../../../platform/principal.ts';
import { hubIdIsWithin } from '../../../platform/rows/condition.ts';
import type { Alongside } from '../../../platform/saga/accept.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { ProcessId } from '../model.ts';
import type { Above } from './amount-limit.ts';
import type { ApprovalTable, Decision } from './tables.ts';

/** What a second person has to decide about a process, or decided. */
export interface Approval {
  readonly processId: ProcessId;
  /** null: the act costs nothing. */
  readonly amount: Money | null;
  readonly limit: Money | null;
  readonly limitOf: 'KEY' | 'HUB';
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly decision: Decision | null;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly reason: string | null;
}

export interface ApprovalStore {
  /** One entry per process, in the order asked; null: nobody had to approve it. */
  approvalsOf(ids: readonly ProcessId[]): Promise<readonly (Approval | null)[]>;
  /** What waits and is not over its time, the longest waiting first. */
  waiting(query: { first: number; after: string | null; at: string }): Promise<Page<Approval>>;
  /** Processes that waited too long. At most 100. */
  overdue(at: string): Promise<readonly ProcessId[]>;
}

type Tables = SagaTables & { 'process.approval': ApprovalTable };

/** @param scope as if there were no approvals but those about these customers; null: all */
export function createApprovalStore(pool: Db, scope: RowScope | null = null): ApprovalStore {
  const db = pool.withTables<Tables>();
  const seen = scope === null ? sql<boolean>`true` : hubIdIsWithin(sql<string | null>`run.customer_id`, scope);
  const rows = () =>
    db
      .selectFrom('process.approval as approval')
      .innerJoin('process.run as run', 'run.id', 'approval.run_id')
      .selectAll('approval')
      .where(seen);
  return {
    async approvalsOf(ids) {
      const found = (await rows().where('run_id', 'in', ids).execute()).map(approvalOf);
      return ids.map((one) => found.find(({ processId }) => processId === one) ?? null);
    },

    async waiting({ first, after, at }) {
      let query = rows()
        .where('decision', 'is', null)
        .where('expires_at', '>', new Date(at))
        .orderBy('run_id') // ids grow with time
        .limit(first + 1);
      if (after !== null) query = query.where('run_id', '>', after);
      const found = (await query.execute()).map(approvalOf);
      const entries = found.slice(0, first);
      return { entries, hasMore: found.length > first, endCursor: entries.at(-1)?.processId ?? null };
    },

    async overdue(at) {
      const due = await db
        .selectFrom('process.approval')
        .select('run_id')
        .where('decision', 'is', null)
        .where('expires_at', '<=', new Date(at))
        .orderBy('run_id')
        .limit(100)
        .execute();
      return due.map(({ run_id }) => id<'Process'>(run_id));
    },
  };
}

/** Asks for approval in the transaction that journals the run. */
export function asked(
  processId: ProcessId,
  { amount, limit, limitOf }: Above,
  about: { by: string; at: string; expiresAt: string },
): Alongside {
  const row: Insertable<ApprovalTable> = {
    run_id: processId,
    amount: amount === null ? null : amountText(amount),
    currency: amount?.currency ?? null,
    limit_amount: limit === null ? null : amountText(limit),
    limit_of: limitOf,
    requested_by: about.by,
    requested_at: about.at,
    expires_at: about.expiresAt,
  };
  return async (trx) => {
    await trx.withTables<Tables>().insertInto('process.approval').values(row).execute();
  };
}

/** Notes a decision in the transaction that releases or dismisses the run; its lock has made sure that there is none yet. */
export function decided(
  processId: ProcessId,
  about: { decision: Decision; by: string; at: string; reason: string | null },
): Alongside {
  return async (trx) => {
    await trx
      .withTables<Tables>()
      .updateTable('process.approval')
      .set({ decision: about.decision, decided_by: about.by, decided_at: about.at, reason: about.reason })
      .where('run_id', '=', processId)
      .execute();
  };
}

const approvalOf = (row: Selectable<ApprovalTable>): Approval => ({
  processId: id<'Process'>(row.run_id),
  amount: row.amount === null || row.currency === null ? null : moneyOf(row.amount, row.currency),
  limit: row.limit_amount === null || row.currency === null ? null : moneyOf(row.limit_amount, row.currency),
  limitOf: row.limit_of,
  requestedBy: row.requested_by,
  requestedAt: row.requested_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  decision: row.decision,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at?.toISOString() ?? null,
  reason: row.reason,
});
