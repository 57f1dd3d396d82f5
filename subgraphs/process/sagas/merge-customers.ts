import { saga } from '../../../platform/saga/saga.ts';
import type { KnownCustomer } from '../model.ts';
import { updateBillingContact } from '../steps/billing/update-billing-contact.ts';
import { noteMerge } from '../steps/crm/note-merge.ts';
import { updateAccount } from '../steps/crm/update-account.ts';
import { updateLegalRecord } from '../steps/erp/update-legal-record.ts';
import { mergeInRegister, unmergeInRegister } from '../steps/hub/merge-in-register.ts';
import { updateSupportPlan } from '../steps/support/update-support-plan.ts';
import type { StepContext } from '../systems.ts';
import { customerChangedIn } from '../telling.ts';
import { changesOf, type UpdateCustomer } from './update-customer.ts';

/** A merge that passed its verdict; the changes are what the survivor takes over, sorted by owner. */
export interface MergeCustomers extends UpdateCustomer {
  /** `customer` is the survivor. */
  readonly merged: KnownCustomer;
}

/** What the survivor takes over is written first: while both stand, each step can still be taken back alone. */
export const mergeCustomers = saga<StepContext, MergeCustomers, { customerId: string; mergedId: string }>({
  name: 'merge-customers',
  steps: [updateLegalRecord, updateBillingContact, updateAccount, updateSupportPlan, mergeInRegister, noteMerge],
  run: async (run, act) => {
    const { customer, merged, erp, billing, crm, support } = act;
    if (erp !== null) await run.step(updateLegalRecord, erp);
    if (billing !== null) await run.step(updateBillingContact, billing);
    if (crm !== null) await run.step(updateAccount, crm);
    if (support !== null) await run.step(updateSupportPlan, support);
    await run.step(mergeInRegister, { survivorId: customer.id, mergedId: merged.id });
    if (merged.crmAccountId !== null) {
      await run.step(noteMerge, {
        accountId: merged.crmAccountId,
        subject: `Merged into ${customer.id}`,
        text: `The hub takes this account and ${customer.crmAccountId ?? 'the other customer'} for one customer, ${customer.id}. Merge the two accounts in the CRM to have one record.`,
      });
    }
    run.tells(...changesOf(act), ...[customer, merged].map((one) => customerChangedIn('HUB', one, one.id)));
    return { customerId: customer.id, mergedId: merged.id };
  },
});

/** What was merged, as it goes apart again. */
export interface UnmergeCustomers {
  readonly survivor: KnownCustomer;
  readonly mergedId: KnownCustomer['id'];
  /** The account of the merged one, where the survivor holds no other. */
  readonly accountId: KnownCustomer['crmAccountId'];
}

export const unmergeCustomers = saga<StepContext, UnmergeCustomers, { customerId: string; mergedId: string }>({
  name: 'unmerge-customers',
  steps: [unmergeInRegister, noteMerge],
  run: async (run, { survivor, mergedId, accountId }) => {
    await run.step(unmergeInRegister, { survivorId: survivor.id, mergedId });
    if (accountId !== null) {
      await run.step(noteMerge, {
        accountId,
        subject: `No longer merged with ${mergedId}`,
        text: `The hub takes ${survivor.id} and ${mergedId} for two customers again.`,
      });
    }
    run.tells(...[survivor, { id: mergedId }].map((one) => customerChangedIn('HUB', one, one.id)));
    return { customerId: survivor.id, mergedId };
  },
});
