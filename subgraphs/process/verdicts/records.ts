import type { Call } from '../../../platform/call.ts';
import type { BillingCustomer } from '../../billing/model.ts';
import type { CrmAccount } from '../../crm/model.ts';
import type { ErpCustomer } from '../../erp/model.ts';
import type { SupportOrg } from '../../support/model.ts';
import type { KnownCustomer } from '../model.ts';
import type { Ports } from '../systems.ts';

/** What each system holds of a customer; asked when it is first needed, once. null: it does not know the customer. */
export interface Records {
  erp(): Promise<ErpCustomer | null>;
  crm(): Promise<CrmAccount | null>;
  billing(): Promise<BillingCustomer | null>;
  support(): Promise<SupportOrg | null>;
}

export function recordsOf({ erp, crm, billing, support }: Ports, customer: KnownCustomer, call: Call): Records {
  const { erpCustomerId, crmAccountId, billingCustomerId, supportOrgId } = customer;
  return {
    erp: once(erpCustomerId, (one) => erp.customers([one], call)),
    crm: once(crmAccountId, (one) => crm.accounts([one], call)),
    billing: once(billingCustomerId, (one) => billing.customers([one], call)),
    support: once(supportOrgId, (one) => support.orgs([one], call)),
  };
}

function once<Id, Found>(
  externalId: Id | null,
  read: (externalId: Id) => Promise<readonly (Found | null)[]>,
): () => Promise<Found | null> {
  let found: Promise<Found | null> | undefined;
  return () => {
    found ??= externalId === null ? Promise.resolve(null) : read(externalId).then(([record]) => record ?? null);
    return found;
  };
}
