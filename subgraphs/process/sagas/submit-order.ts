import type { Money } from '../../../platform/money.ts';
import { saga } from '../../../platform/saga/saga.ts';
import type { OpportunityId } from '../../crm/model.ts';
import type { LegalEntityId, Sku } from '../../erp/model.ts';
import type { ChargeSummary, KnownCustomer } from '../model.ts';
import { openSubscription } from '../steps/billing/open-subscription.ts';
import { closeOpportunity } from '../steps/crm/close-opportunity.ts';
import { noteContract } from '../steps/crm/note-contract.ts';
import { keepInLegalEntity } from '../steps/erp/keep-in-legal-entity.ts';
import { openSalesOrder } from '../steps/erp/open-sales-order.ts';
import { grantEntitlement } from '../steps/support/grant-rights.ts';
import type { StepContext } from '../systems.ts';
import { entitlementChanged, telling } from '../telling.ts';

/** An order that passed the verdict. Journaled when it is accepted: what is not in here, the run does not know. */
export interface SubmitOrder {
  readonly customer: KnownCustomer;
  readonly legalEntityId: LegalEntityId;
  /** The ERP does not keep the customer in that company yet. Absent, for no, in what was accepted before there was a step for it. */
  readonly entityIsNew?: boolean;
  readonly currency: string;
  readonly purchaseOrderNumber: string | null;
  readonly opportunityId: OpportunityId | null;
  readonly lines: readonly { readonly sku: Sku; readonly quantity: number }[];
  /** The lines that are subscribed to. */
  readonly subscribed: readonly { readonly sku: Sku; readonly quantity: number }[];
  /** Given by the hub to the contract that the subscription opens; null without one. */
  readonly contractId: string | null;
  readonly paymentTerms: string | null;
  readonly acceptedOn: string;
  /** The day on which sales has won the opportunity already; null, or absent in what was accepted before that was kept: it is won by this order. */
  readonly wonOn?: string | null;
  readonly charges: ChargeSummary;
}

export interface OrderSubmitted {
  readonly salesOrderId: string;
  readonly salesOrderNumber: string;
  readonly total: Money;
  readonly subscriptionId: string | null;
}

/** An order becomes a sales order in the ERP, a subscription in billing, rights in support, and is won in the CRM. */
export const submitOrder = saga<StepContext, SubmitOrder, OrderSubmitted>({
  name: 'submit-order',
  steps: [keepInLegalEntity, openSalesOrder, openSubscription, grantEntitlement, closeOpportunity, noteContract],
  run: async (run, order) => {
    const { customer, legalEntityId, currency, subscribed, contractId, acceptedOn } = order;
    const { crmAccountId, supportOrgId, billingCustomerId, erpCustomerId } = customer;
    if (erpCustomerId === null) throw new Error('an order was accepted for a customer that the ERP does not know');

    if (order.entityIsNew) await run.step(keepInLegalEntity, { customerId: erpCustomerId, legalEntityId });
    const salesOrder = await run.step(openSalesOrder, {
      customerId: erpCustomerId,
      legalEntityId,
      currency,
      purchaseOrderNumber: order.purchaseOrderNumber,
      memo: contractId === null ? null : `Contract ${contractId}`,
      contractId,
      lines: order.lines,
    });
    await run.note({ salesOrderId: salesOrder.id });
    run.tells(telling('OrderAccepted', customer, `sales-order:${salesOrder.id}`));

    let subscriptionId: string | null = null;
    if (subscribed.length > 0 && billingCustomerId !== null) {
      const subscription = await run.step(openSubscription, {
        customerId: billingCustomerId,
        currency,
        items: subscribed,
        contractId,
        legalEntityId,
        paymentTerms: order.paymentTerms,
        salesOrderNumber: salesOrder.number,
      });
      subscriptionId = subscription.id;
      await run.note({ subscriptionId });
      run.tells(
        telling('SubscriptionActivated', customer, `subscription:${subscriptionId}`, { salesOrderId: salesOrder.id }),
      );
      if (supportOrgId !== null) {
        const rights = await run.step(grantEntitlement, {
          orgId: supportOrgId,
          subscriptionId,
          startsOn: subscription.startedOn,
          endsOn: null,
          rights: subscribed.map(({ sku, quantity }) => ({ sku, seats: quantity })),
          // One that an operator stated may have been there before, with rights.
          ...(subscription.isNew ? { isNew: true } : {}),
        });
        run.tells(...entitlementChanged(customer, subscriptionId, rights));
      }
    }
    if (order.opportunityId !== null && crmAccountId !== null) {
      await run.step(closeOpportunity, {
        opportunityId: order.opportunityId,
        accountId: crmAccountId,
        salesOrderNumber: salesOrder.number,
        amount: salesOrder.netTotal,
        closedOn: order.wonOn ?? acceptedOn,
      });
    }
    if (subscriptionId !== null && billingCustomerId !== null && crmAccountId !== null) {
      await run.step(noteContract, {
        accountId: crmAccountId,
        billingCustomerId,
        subscriptionId,
        currency,
        summary: `Order ${salesOrder.number}: subscription ${subscriptionId} opened (${summaryOf(subscribed)})`,
      });
    }
    return {
      salesOrderId: salesOrder.id,
      salesOrderNumber: salesOrder.number,
      total: salesOrder.total,
      subscriptionId,
    };
  },
});

/** Items in a few words. Example: `10 x SEAT-PRO, 1 x STORAGE`. */
export const summaryOf = (items: readonly { readonly sku: string; readonly quantity: number }[]): string =>
  items.map(({ sku, quantity }) => `${quantity} x ${sku}`).join(', ');
