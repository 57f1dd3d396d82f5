import type { Selectable } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import { HubError } from '../../../platform/errors.ts';
import type { Alongside } from '../../../platform/saga/accept.ts';
import { fromJournal, toJournal } from '../../../platform/saga/journaled.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { ProcessId } from '../model.ts';
import type { Fact } from './rests-on.ts';
import type { PlanTable } from './tables.ts';

/** A plan as it is kept. */
export interface Plan {
  readonly id: string;
  readonly principalId: string;
  /** The saga's name. */
  readonly kind: string;
  readonly inputHash: string;
  /** What would be journaled. */
  readonly passed: unknown;
  readonly restsOn: readonly Fact[];
  /** RFC 3339. */
  readonly expiresAt: string;
  /** The process that runs it; null: it was not confirmed. */
  readonly runId: string | null;
}

export interface PlanStore {
  keep(plan: Omit<Plan, 'runId'>): Promise<void>;
  /** The plan that this caller made for this act; null: there is none. */
  find(plan: Pick<Plan, 'id' | 'principalId' | 'kind'>): Promise<Plan | null>;
  /** Deletes plans that cannot be confirmed any more since `before`, RFC 3339. */
  forget(before: string): Promise<void>;
}

type Tables = SagaTables & { 'process.plan': PlanTable };

export function createPlanStore(pool: Db): PlanStore {
  const db = pool.withTables<Tables>();
  return {
    async keep({ id, principalId, kind, inputHash, passed, restsOn, expiresAt }) {
      await db
        .insertInto('process.plan')
        .values({
          id,
          principal_id: principalId,
          kind,
          input_hash: inputHash,
          passed: toJournal(passed),
          rests_on: JSON.stringify(restsOn),
          expires_at: expiresAt,
        })
        .execute();
    },

    async find({ id, principalId, kind }) {
      const row = await db
        .selectFrom('process.plan')
        .selectAll()
        .where('id', '=', id)
        .where('principal_id', '=', principalId)
        .where('kind', '=', kind)
        .executeTakeFirst();
      return row === undefined ? null : planOf(row);
    },

    async forget(before) {
      await db.deleteFrom('process.plan').where('expires_at', '<', new Date(before)).execute();
    },
  };
}

/** Notes in the transaction that journals the run that it runs this plan. @throws CONFLICT when another one does */
export function confirmed(planId: string, runId: ProcessId): Alongside {
  return async (trx) => {
    const { numUpdatedRows } = await trx
      .withTables<Tables>()
      .updateTable('process.plan')
      .set({ run_id: runId })
      .where('id', '=', planId)
      .where('run_id', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) return;
    throw new HubError('CONFLICT', `plan ${planId} was confirmed under another key at this very moment`, {
      field: 'confirm',
    });
  };
}

const planOf = (row: Selectable<PlanTable>): Plan => ({
  id: row.id,
  principalId: row.principal_id,
  kind: row.kind,
  inputHash: row.input_hash,
  passed: fromJournal(row.passed),
  restsOn: row.rests_on as Fact[], // written by `keep`
  expiresAt: row.expires_at.toISOString(),
  runId: row.run_id,
});
