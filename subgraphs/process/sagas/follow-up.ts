import { saga } from '../../../platform/saga/saga.ts';
import type { AccountHealth, CrmAccountId } from '../../crm/model.ts';
import type { KnownCustomer, PlannedWrite } from '../model.ts';
import { openTask } from '../steps/crm/open-task.ts';
import { setAccountHealth } from '../steps/crm/set-account-health.ts';
import type { StepContext } from '../systems.ts';

/** What those who look after a customer are to know and to do. */
export interface FollowUp {
  readonly customer: KnownCustomer;
  readonly accountId: CrmAccountId;
  /** null: what happened says nothing of whether the customer stays. */
  readonly health: { readonly value: AccountHealth; readonly reason: string } | null;
  readonly task: { readonly subject: string; readonly text: string; readonly dueOn: string; readonly urgent: boolean };
  readonly writes: readonly PlannedWrite[];
}

/** The account shows how it stands, and somebody has to look after it. */
export const followUp = saga<StepContext, FollowUp, { customerId: string }>({
  name: 'follow-up',
  steps: [setAccountHealth, openTask],
  run: async (run, { customer, accountId, health, task }) => {
    if (health !== null) {
      await run.step(setAccountHealth, { accountId, health: health.value, healthReason: health.reason });
    }
    await run.step(openTask, { accountId, ...task });
    return { customerId: customer.id };
  },
});
