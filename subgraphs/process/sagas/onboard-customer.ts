import { saga } from '../../../platform/saga/saga.ts';
import type { BillingCustomerDraft } from '../../billing/model.ts';
import type { CrmAccountDraft } from '../../crm/model.ts';
import type { ErpCustomerDraft } from '../../erp/model.ts';
import type { LinkedSystem } from '../../identity/model.ts';
import type { KnownCustomer, PlannedWrite } from '../model.ts';
import { openBillingAccount } from '../steps/billing/open-billing-account.ts';
import { openCrmAccount } from '../steps/crm/open-crm-account.ts';
import { welcomeCustomer } from '../steps/crm/welcome-customer.ts';
import { openCustomerRecord } from '../steps/erp/open-customer-record.ts';
import { linkCustomer, registerCustomer } from '../steps/hub/register-customer.ts';
import { type OrgToOpen, openSupportOrg } from '../steps/support/open-support-org.ts';
import type { StepContext } from '../systems.ts';
import { customerChangedIn } from '../telling.ts';

/** A customer to be opened; null: that system has it already, or takes none. */
export interface OnboardCustomer {
  /** With the hub id that it was accepted with, and the ids of systems that know it. */
  readonly customer: KnownCustomer;
  readonly isNew: boolean;
  readonly email: string;
  readonly region: string | null;
  readonly legalEntityId: string;
  readonly erp: ErpCustomerDraft | null;
  readonly billing: BillingCustomerDraft | null;
  readonly crm: CrmAccountDraft | null;
  readonly support: OrgToOpen | null;
  readonly writes: readonly PlannedWrite[];
}

export interface CustomerOnboarded {
  readonly customerId: string;
  readonly erpCustomerId: string | null;
  readonly billingCustomerId: string | null;
  readonly crmAccountId: string | null;
  readonly supportOrgId: string | null;
}

/** A customer in every system, once in each, by one hub id that they all carry. */
export const onboardCustomer = saga<StepContext, OnboardCustomer, CustomerOnboarded>({
  name: 'onboard-customer',
  steps: [
    registerCustomer,
    openCustomerRecord,
    openBillingAccount,
    openCrmAccount,
    openSupportOrg,
    linkCustomer,
    welcomeCustomer,
  ],
  run: async (run, act) => {
    const { customer, email, erp, billing, crm, support } = act;
    const newcomer = { id: customer.id, name: customer.name, email };
    if (act.isNew) await run.step(registerCustomer, newcomer);
    const opened: { system: LinkedSystem; externalId: string }[] = [];
    const noted = <Id extends string>(system: LinkedSystem, externalId: Id): Id => {
      opened.push({ system, externalId });
      return externalId;
    };
    const erpCustomerId = erp ? noted('ERP', await run.step(openCustomerRecord, erp)) : customer.erpCustomerId;
    const billingCustomerId = billing
      ? noted('BILLING', await run.step(openBillingAccount, billing))
      : customer.billingCustomerId;
    const crmAccountId = crm ? noted('CRM', await run.step(openCrmAccount, crm)) : customer.crmAccountId;
    const supportOrgId = support ? noted('SUPPORT', await run.step(openSupportOrg, support)) : customer.supportOrgId;
    const { region, legalEntityId } = act;
    await run.step(linkCustomer, { ...newcomer, records: opened, region, legalEntityId });
    if (crmAccountId !== null) {
      await run.step(welcomeCustomer, {
        accountId: crmAccountId,
        subject: 'Welcome the customer',
        text: `${customer.id} is set up in ${opened.map(({ system }) => system).join(', ')}. Send the welcome, and see to the first order and the first use.`,
      });
    }
    run.tells(customerChangedIn('HUB', customer, customer.id));
    return { customerId: customer.id, erpCustomerId, billingCustomerId, crmAccountId, supportOrgId };
  },
});
