import { saga, type Told } from '../../../platform/saga/saga.ts';
import type { BillingCustomerId } from '../../billing/model.ts';
import type { CrmAccountChange } from '../../crm/model.ts';
import type { ErpCustomerChange } from '../../erp/model.ts';
import type { SupportOrgId } from '../../support/model.ts';
import type { KnownCustomer, PlannedWrite } from '../model.ts';
import { updateBillingContact } from '../steps/billing/update-billing-contact.ts';
import { updateAccount } from '../steps/crm/update-account.ts';
import { updateLegalRecord } from '../steps/erp/update-legal-record.ts';
import { updateSupportPlan } from '../steps/support/update-support-plan.ts';
import type { StepContext } from '../systems.ts';
import { customerChangedIn } from '../telling.ts';

/** A change of master data, sorted by the system that owns each field at this stage; null: nothing goes there. */
export interface UpdateCustomer {
  readonly customer: KnownCustomer;
  readonly erp: ErpCustomerChange | null;
  readonly crm: CrmAccountChange | null;
  readonly billing: { readonly customerId: BillingCustomerId; readonly email: string } | null;
  readonly support: { readonly orgId: SupportOrgId; readonly supportTier: string } | null;
  readonly writes: readonly PlannedWrite[];
}

/** Each field goes to its owner. */
export const updateCustomer = saga<StepContext, UpdateCustomer, { customerId: string }>({
  name: 'update-customer',
  steps: [updateLegalRecord, updateBillingContact, updateAccount, updateSupportPlan],
  run: async (run, { customer, erp, billing, crm, support }) => {
    if (erp !== null) await run.step(updateLegalRecord, erp);
    if (billing !== null) await run.step(updateBillingContact, billing);
    if (crm !== null) await run.step(updateAccount, crm);
    if (support !== null) await run.step(updateSupportPlan, support);
    run.tells(...changesOf({ customer, erp, billing, crm, support }));
    return { customerId: customer.id };
  },
});

/** One event for each system in which the customer changed. */
export const changesOf = ({ customer, erp, billing, crm, support }: Omit<UpdateCustomer, 'writes'>): Told[] => [
  ...(erp === null ? [] : [customerChangedIn('ERP', customer, erp.customerId)]),
  ...(billing === null ? [] : [customerChangedIn('BILLING', customer, billing.customerId)]),
  ...(crm === null ? [] : [customerChangedIn('CRM', customer, crm.accountId)]),
  ...(support === null ? [] : [customerChangedIn('SUPPORT', customer, support.orgId)]),
];
