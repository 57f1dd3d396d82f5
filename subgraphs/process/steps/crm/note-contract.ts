import type { BillingCustomerId } from '../../../billing/model.ts';
import type { CrmAccountId } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { contractedMonthly } from '../billing/contracted-monthly.ts';
import { EditableContractNote } from '../editable.ts';
import { NOTHING } from '../stated.ts';

export interface ContractToNote {
  readonly accountId: CrmAccountId;
  readonly billingCustomerId: BillingCustomerId;
  readonly subscriptionId: string;
  readonly currency: string;
  readonly summary: string;
  /** A subscription that ends with this act, which billing still counts. */
  readonly without?: string;
}

/** Tells the CRM what is contracted now: all running subscriptions of the customer, not only the one that changed. */
export const noteContract = step({
  name: 'note-contract',
  owner: 'CRM',
  partial: true, // the value, and the note
  read: async ({ crm, reading }, { accountId }: ContractToNote) => {
    const [account] = await crm.accounts([accountId], reading);
    return account?.contractedMonthly ?? null;
  },
  do: async ({ crm, billing, call, reading }, { accountId, subscriptionId, summary, ...about }: ContractToNote) => {
    const monthly = await contractedMonthly(billing, about, reading);
    await crm.noteContract({ accountId, subscriptionId, contractedMonthly: monthly, summary }, call);
    return { contractedMonthly: monthly };
  },
  editable: EditableContractNote,
  stated: NOTHING,
  undo: ({ crm, call }, { input, before }) => crm.retractContract({ accountId: input.accountId, before }, call),
});
