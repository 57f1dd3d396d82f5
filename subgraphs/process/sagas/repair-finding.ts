import type { CopyCorrection } from '../../../platform/port/scan.ts';
import { type Run, saga } from '../../../platform/saga/saga.ts';
import type { BillingCustomerId } from '../../billing/model.ts';
import type { ErpCustomerId, InvoiceId, ServiceOrderId } from '../../erp/model.ts';
import type { PaymentToPost } from '../../erp/port.ts';
import type { CustomerId } from '../../identity/model.ts';
import type { ExternalKey } from '../../identity/port.ts';
import type { EntitlementGrant } from '../../support/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite } from '../model.ts';
import { releaseRecord } from '../steps/billing/release-record.ts';
import { correctAccountCopy, correctOrgCopy, correctPayerCopy } from '../steps/correct-copy.ts';
import { type ContractToNote, noteContract } from '../steps/crm/note-contract.ts';
import { creditInvoice } from '../steps/erp/credit-invoice.ts';
import { invoiceOrder } from '../steps/erp/invoice-order.ts';
import { postPayment } from '../steps/erp/post-payment.ts';
import { endLink } from '../steps/hub/end-link.ts';
import { linkCustomer } from '../steps/hub/register-customer.ts';
import { changeEntitlement } from '../steps/support/grant-rights.ts';
import { type OrgToOpen, openSupportOrg } from '../steps/support/open-support-org.ts';
import { restoreRights } from '../steps/support/restore-rights.ts';
import type { StepContext } from '../systems.ts';
import { customerChangedIn, entitlementChanged } from '../telling.ts';

type LinkToEnd = ExternalKey & { readonly customerId: CustomerId };

/** What puts a difference right, by what has to be done. */
export type Repair =
  | { readonly do: 'CORRECT_COPY'; readonly system: 'CRM' | 'BILLING' | 'SUPPORT'; readonly copy: CopyCorrection }
  | { readonly do: 'END_LINK'; readonly link: LinkToEnd }
  | { readonly do: 'RELEASE_RECORD'; readonly record: BillingCustomerId; readonly link: LinkToEnd }
  | {
      readonly do: 'OPEN_ORG';
      readonly link: LinkToEnd | null;
      readonly org: OrgToOpen;
      readonly rights: readonly Omit<EntitlementGrant, 'orgId'>[];
    }
  | { readonly do: 'GRANT'; readonly grant: EntitlementGrant }
  | { readonly do: 'NOTE_CONTRACT'; readonly contract: ContractToNote }
  | { readonly do: 'INVOICE_ORDER'; readonly order: { customerId: ErpCustomerId; serviceOrderId: ServiceOrderId } }
  | { readonly do: 'CREDIT_INVOICE'; readonly invoice: { customerId: ErpCustomerId; invoiceId: InvoiceId } }
  | { readonly do: 'POST_PAYMENT'; readonly payment: PaymentToPost };

export interface RepairFinding {
  readonly customer: KnownCustomer;
  readonly findingId: string;
  readonly kind: string;
  readonly repair: Repair;
  readonly charges: ChargeSummary | null;
  readonly writes: readonly PlannedWrite[];
}

const COPY = { CRM: correctAccountCopy, BILLING: correctPayerCopy, SUPPORT: correctOrgCopy } as const;

/** One difference that reconciliation found, put right in the one system that has it wrong. */
export const repairFinding = saga<StepContext, RepairFinding, { findingId: string }>({
  name: 'repair-finding',
  steps: [
    ...Object.values(COPY),
    ...[endLink, releaseRecord, openSupportOrg, linkCustomer, restoreRights, changeEntitlement],
    ...[noteContract, invoiceOrder, creditInvoice, postPayment],
  ],
  run: async (run, { customer, findingId, repair }) => {
    await putRight(run, customer, repair);
    return { findingId };
  },
});

async function putRight(run: Run<StepContext>, customer: KnownCustomer, repair: Repair): Promise<void> {
  switch (repair.do) {
    case 'CORRECT_COPY':
      await run.step(COPY[repair.system], repair.copy);
      return run.tells(customerChangedIn(repair.system, customer, repair.copy.externalId));
    case 'END_LINK':
      await run.step(endLink, repair.link);
      return;
    case 'RELEASE_RECORD':
      await run.step(releaseRecord, { customerId: repair.record });
      await run.step(endLink, repair.link);
      return;
    case 'OPEN_ORG':
      return openOrg(run, customer, repair);
    case 'GRANT': {
      const rights = await run.step(changeEntitlement, repair.grant);
      return run.tells(...entitlementChanged(customer, repair.grant.subscriptionId, rights));
    }
    case 'NOTE_CONTRACT':
      await run.step(noteContract, repair.contract);
      return;
    case 'INVOICE_ORDER':
      await run.step(invoiceOrder, repair.order);
      return;
    case 'CREDIT_INVOICE':
      await run.step(creditInvoice, repair.invoice);
      return;
    case 'POST_PAYMENT':
      await run.step(postPayment, repair.payment);
  }
}

/** The customer is in support again, with the rights of all that is charged. */
async function openOrg(
  run: Run<StepContext>,
  customer: KnownCustomer,
  { link, org, rights }: Extract<Repair, { do: 'OPEN_ORG' }>,
): Promise<void> {
  if (link !== null) await run.step(endLink, link);
  const orgId = await run.step(openSupportOrg, org);
  await run.step(linkCustomer, {
    ...{ id: customer.id, name: org.name, email: null, region: null, legalEntityId: '' },
    records: [{ system: 'SUPPORT', externalId: orgId }],
  });
  await run.step(restoreRights, { grants: rights.map((grant) => ({ ...grant, orgId })) });
}
