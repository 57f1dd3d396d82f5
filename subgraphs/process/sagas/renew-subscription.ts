import { id } from '../../../platform/ids.ts';
import { saga } from '../../../platform/saga/saga.ts';
import type { Renewal, RenewalPreview } from '../../billing/model.ts';
import type { OpportunityId } from '../../crm/model.ts';
import type { LegalEntityId } from '../../erp/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite } from '../model.ts';
import { confirmRenewal } from '../steps/billing/confirm-renewal.ts';
import { scheduleRenewal } from '../steps/billing/schedule-renewal.ts';
import { closeOpportunity } from '../steps/crm/close-opportunity.ts';
import { noteContract } from '../steps/crm/note-contract.ts';
import { openRenewalOrder } from '../steps/erp/open-renewal-order.ts';
import { extendEntitlement } from '../steps/support/grant-rights.ts';
import type { StepContext } from '../systems.ts';
import { entitlementChanged, telling } from '../telling.ts';
import { summaryOf } from './submit-order.ts';

/** A renewal that passed the verdict. */
export interface RenewSubscription {
  readonly customer: KnownCustomer;
  readonly renewal: Renewal;
  readonly currency: string;
  readonly contractId: string | null;
  readonly legalEntityId: LegalEntityId;
  /** The items of the new term as billing prices them. */
  readonly prices: RenewalPreview['items'];
  /** What is licensed until the new term begins. */
  readonly runningItems: readonly { readonly sku: string; readonly quantity: number }[];
  readonly opportunityId: OpportunityId | null;
  readonly acceptedOn: string;
  /** The instant from which on it was to begin; null, or absent in what was accepted before there was such: at once. */
  readonly beginsAt?: string | null;
  readonly charges: ChargeSummary;
  readonly writes: readonly PlannedWrite[];
}

export interface SubscriptionRenewed {
  readonly subscriptionId: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly renewalOrderId: string;
  readonly renewalOrderNumber: string;
}

/** Billing agrees on the term, the ERP takes its value and dates, the rights last until its end, the CRM is told. */
export const renewSubscription = saga<StepContext, RenewSubscription, SubscriptionRenewed>({
  name: 'renew-subscription',
  steps: [confirmRenewal, scheduleRenewal, openRenewalOrder, extendEntitlement, closeOpportunity, noteContract],
  run: async (run, act) => {
    const { customer, renewal, currency, legalEntityId, opportunityId, charges } = act;
    const { subscriptionId, startsOn, endsOn } = renewal;
    const { erpCustomerId, supportOrgId, crmAccountId } = customer;
    if (erpCustomerId === null) throw new Error('a renewal was accepted for a customer that the ERP does not know');

    if (act.beginsAt) await run.step(confirmRenewal, { renewal, monthly: charges.monthly });
    await run.step(scheduleRenewal, renewal);
    const order = await run.step(openRenewalOrder, {
      customerId: erpCustomerId,
      legalEntityId,
      currency,
      subscriptionId,
      contractId: act.contractId,
      effectiveOn: startsOn,
      endsOn,
      lines: act.prices.map(({ sku, ...line }) => ({ sku: id<'Sku'>(sku), ...line })), // SKUs are the same in both systems
      paymentTerms: null,
    });
    await run.note({ salesOrderId: order.id });
    run.tells(telling('SubscriptionRenewed', customer, `subscription:${subscriptionId}`, { salesOrderId: order.id }));
    if (supportOrgId !== null) {
      const rights = await run.step(extendEntitlement, {
        orgId: supportOrgId,
        subscriptionId,
        startsOn,
        endsOn,
        rights: licensedThrough(act).map(({ sku, quantity }) => ({ sku, seats: quantity })),
      });
      run.tells(...entitlementChanged(customer, subscriptionId, rights));
    }
    if (opportunityId !== null && crmAccountId !== null) {
      await run.step(closeOpportunity, {
        opportunityId,
        accountId: crmAccountId,
        salesOrderNumber: order.number,
        amount: charges.monthly,
        closedOn: act.acceptedOn,
      });
    }
    if (crmAccountId !== null) {
      await run.step(noteContract, {
        accountId: crmAccountId,
        billingCustomerId: renewal.customerId,
        subscriptionId,
        currency,
        summary: `Renewed by ${order.number} from ${startsOn} to ${endsOn}: ${summaryOf(renewal.items)}`,
      });
    }
    return { subscriptionId, startsOn, endsOn, renewalOrderId: order.id, renewalOrderNumber: order.number };
  },
});

/**
 * Support keeps one row of rights for each SKU, with no second quantity for later: until the new term begins the larger of
 * both counts, and what the new term leaves out stays as it is.
 */
export function licensedThrough({
  renewal,
  runningItems,
}: Pick<RenewSubscription, 'renewal' | 'runningItems'>): { sku: string; quantity: number }[] {
  const seats = new Map(runningItems.map(({ sku, quantity }) => [sku, quantity]));
  for (const { sku, quantity } of renewal.items) seats.set(sku, Math.max(quantity, seats.get(sku) ?? 0));
  return [...seats].map(([sku, quantity]) => ({ sku, quantity }));
}
