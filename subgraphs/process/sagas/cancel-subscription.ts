import { saga } from '../../../platform/saga/saga.ts';
import type { Cancellation } from '../../billing/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite } from '../model.ts';
import { cancelAtTermEnd } from '../steps/billing/cancel-at-term-end.ts';
import { cancelNow } from '../steps/billing/cancel-now.ts';
import { noteContract } from '../steps/crm/note-contract.ts';
import { closeContractOrders } from '../steps/erp/close-contract-orders.ts';
import { endEntitlement } from '../steps/support/grant-rights.ts';
import type { StepContext } from '../systems.ts';
import { entitlementChanged, telling } from '../telling.ts';

/** A cancellation that passed the verdict. */
export interface CancelSubscription {
  readonly customer: KnownCustomer;
  readonly cancellation: Cancellation;
  readonly when: 'NOW' | 'TERM_END';
  readonly creditUnused: boolean;
  readonly currency: string;
  readonly contractId: string | null;
  /** The first day on which it does not run any more. */
  readonly endsOn: string;
  /** What is licensed until then. */
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  /** The ERP's orders of it that are closed with it, by number. Absent, for none, in what was accepted before that was done. */
  readonly orders?: readonly string[];
  readonly today: string;
  readonly charges: ChargeSummary;
  readonly writes: readonly PlannedWrite[];
}

export interface SubscriptionCancelled {
  readonly subscriptionId: string;
  readonly endsOn: string;
}

/**
 * With the term: billing first, as it may refuse and can be taken back. At once: billing last, since nothing brings the
 * subscription back and what any other system refuses must still find it running.
 */
export const cancelSubscription = saga<StepContext, CancelSubscription, SubscriptionCancelled>({
  name: 'cancel-subscription',
  steps: [cancelAtTermEnd, endEntitlement, closeContractOrders, noteContract, cancelNow],
  run: async (run, act) => {
    const { customer, cancellation, when, currency, endsOn, items } = act;
    const { subscriptionId, customerId: billingCustomerId, reason } = cancellation;
    const { supportOrgId, crmAccountId, erpCustomerId } = customer;
    const { orders = [] } = act;
    const now = when === 'NOW';

    if (!now) await run.step(cancelAtTermEnd, cancellation);
    if (supportOrgId !== null) {
      const rights = await run.step(endEntitlement, {
        orgId: supportOrgId,
        subscriptionId,
        startsOn: act.today,
        endsOn,
        rights: now ? [] : items.map(({ sku, quantity }) => ({ sku, seats: quantity })),
      });
      run.tells(...entitlementChanged(customer, subscriptionId, rights));
    }
    if (orders.length > 0 && erpCustomerId !== null) {
      await run.step(closeContractOrders, { customerId: erpCustomerId, subscriptionId, contractId: act.contractId });
    }
    if (crmAccountId !== null) {
      await run.step(noteContract, {
        accountId: crmAccountId,
        billingCustomerId,
        subscriptionId,
        currency,
        summary: `Cancelled, ends on ${endsOn}${orders.length > 0 ? `, orders ${orders.join(', ')} closed` : ''}: ${reason}`,
        ...(now ? { without: subscriptionId } : {}),
      });
    }
    if (now) await run.step(cancelNow, { ...cancellation, creditUnused: act.creditUnused });
    // With the term it still runs: billing tells of its end on that day.
    run.tells(
      telling(now ? 'SubscriptionCancelled' : 'SubscriptionAmended', customer, `subscription:${subscriptionId}`),
    );
    return { subscriptionId, endsOn };
  },
});
