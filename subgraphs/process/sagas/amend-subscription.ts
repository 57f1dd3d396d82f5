import { id } from '../../../platform/ids.ts';
import { saga } from '../../../platform/saga/saga.ts';
import type { Amendment } from '../../billing/model.ts';
import type { LegalEntityId, PaymentTerms } from '../../erp/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite } from '../model.ts';
import { amendBilling } from '../steps/billing/amend-billing.ts';
import { noteContract } from '../steps/crm/note-contract.ts';
import { keepInLegalEntity } from '../steps/erp/keep-in-legal-entity.ts';
import { openAmendmentOrder } from '../steps/erp/open-amendment-order.ts';
import { changeEntitlement } from '../steps/support/grant-rights.ts';
import type { StepContext } from '../systems.ts';
import { entitlementChanged, telling } from '../telling.ts';
import { summaryOf } from './submit-order.ts';

/** An amendment that passed the verdict. */
export interface AmendSubscription {
  readonly customer: KnownCustomer;
  readonly amendment: Amendment;
  readonly currency: string;
  readonly contractId: string | null;
  /** The own company that bills after the amendment. */
  readonly legalEntityId: LegalEntityId;
  /** The ERP does not keep the customer in that company yet. Absent, for no, in what was accepted before there was a step for it. */
  readonly entityIsNew?: boolean;
  /** Only when they change. */
  readonly paymentTerms: PaymentTerms | null;
  readonly endsOn: string | null;
  readonly charges: ChargeSummary;
  readonly writes: readonly PlannedWrite[];
}

export interface SubscriptionAmended {
  readonly subscriptionId: string;
  readonly amendmentOrderId: string;
  readonly amendmentOrderNumber: string;
}

/**
 * The ERP keeps the customer in the company that bills from now on, billing recalculates, the ERP takes value, schedule, tax
 * and terms, the rights follow, the CRM is told.
 */
export const amendSubscription = saga<StepContext, AmendSubscription, SubscriptionAmended>({
  name: 'amend-subscription',
  steps: [keepInLegalEntity, amendBilling, openAmendmentOrder, changeEntitlement, noteContract],
  run: async (run, act) => {
    const { customer, amendment, currency, legalEntityId } = act;
    const { subscriptionId } = amendment;
    const { erpCustomerId, supportOrgId, crmAccountId } = customer;
    if (erpCustomerId === null) throw new Error('an amendment was accepted for a customer that the ERP does not know');

    // Before billing changes: what the ERP refuses here leaves nothing to put back.
    if (act.entityIsNew) await run.step(keepInLegalEntity, { customerId: erpCustomerId, legalEntityId });
    const amended = await run.step(amendBilling, amendment);
    const order = await run.step(openAmendmentOrder, {
      customerId: erpCustomerId,
      legalEntityId,
      currency,
      subscriptionId,
      contractId: act.contractId,
      effectiveOn: amendment.effectiveOn,
      lines: amended.items.map(({ sku, quantity, unitPrice }) => ({ sku: id<'Sku'>(sku), quantity, unitPrice })), // SKUs are the same in both systems
      paymentTerms: act.paymentTerms,
    });
    await run.note({ salesOrderId: order.id });
    run.tells(telling('SubscriptionAmended', customer, `subscription:${subscriptionId}`, { salesOrderId: order.id }));
    if (supportOrgId !== null) {
      const rights = await run.step(changeEntitlement, {
        orgId: supportOrgId,
        subscriptionId,
        startsOn: amendment.effectiveOn,
        endsOn: act.endsOn,
        rights: amended.items.map(({ sku, quantity }) => ({ sku, seats: quantity })),
      });
      run.tells(...entitlementChanged(customer, subscriptionId, rights));
    }
    if (crmAccountId !== null) {
      await run.step(noteContract, {
        accountId: crmAccountId,
        billingCustomerId: amendment.customerId,
        subscriptionId,
        currency,
        summary: `Amended by ${order.number} from ${amendment.effectiveOn}: ${summaryOf(amended.items)}`,
      });
    }
    return {
      subscriptionId,
      amendmentOrderId: order.id,
      amendmentOrderNumber: order.number,
    };
  },
});
