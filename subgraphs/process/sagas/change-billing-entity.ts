import { saga } from '../../../platform/saga/saga.ts';
import type { Amendment } from '../../billing/model.ts';
import type { AmendmentOrder, LegalEntityId } from '../../erp/model.ts';
import type { KnownCustomer, PlannedWrite } from '../model.ts';
import { moveSubscriptions } from '../steps/billing/move-subscriptions.ts';
import { noteContract } from '../steps/crm/note-contract.ts';
import { keepInLegalEntity } from '../steps/erp/keep-in-legal-entity.ts';
import { openMovingOrders } from '../steps/erp/open-moving-orders.ts';
import type { StepContext } from '../systems.ts';
import { customerChangedIn, telling } from '../telling.ts';

/** A change of the billing entity that passed the verdict. */
export interface ChangeBillingEntity {
  readonly customer: KnownCustomer;
  readonly legalEntityId: LegalEntityId;
  /** The ERP does not keep the customer in that company yet. */
  readonly entityIsNew: boolean;
  readonly effectiveOn: string;
  readonly currency: string;
  /** At least one, and for each its order, in the same order. */
  readonly amendments: readonly Amendment[];
  readonly orders: readonly AmendmentOrder[];
  readonly writes: readonly PlannedWrite[];
}

export interface BillingEntityChanged {
  readonly subscriptionIds: readonly string[];
}

/** The ERP keeps the customer in the new company before anything moves; then billing, the ERP's orders, the CRM. */
export const changeBillingEntity = saga<StepContext, ChangeBillingEntity, BillingEntityChanged>({
  name: 'change-billing-entity',
  steps: [keepInLegalEntity, moveSubscriptions, openMovingOrders, noteContract],
  run: async (run, act) => {
    const { customer, legalEntityId, amendments, currency, effectiveOn } = act;
    const { erpCustomerId, crmAccountId, billingCustomerId } = customer;
    const [first] = amendments;
    if (erpCustomerId === null || first === undefined) throw new Error('a change was accepted without what it changes');

    if (act.entityIsNew) {
      await run.step(keepInLegalEntity, { customerId: erpCustomerId, legalEntityId });
      run.tells(customerChangedIn('ERP', customer, erpCustomerId));
    }
    await run.step(moveSubscriptions, amendments);
    await run.step(openMovingOrders, act.orders);
    const subscriptionIds = amendments.map(({ subscriptionId }) => subscriptionId);
    run.tells(...subscriptionIds.map((moved) => telling('SubscriptionAmended', customer, `subscription:${moved}`)));
    if (crmAccountId !== null && billingCustomerId !== null) {
      await run.step(noteContract, {
        accountId: crmAccountId,
        billingCustomerId,
        subscriptionId: first.subscriptionId,
        currency,
        summary: `Billed by legal entity ${legalEntityId} from ${effectiveOn}: ${subscriptionIds.join(', ')}`.slice(
          0,
          500,
        ),
      });
    }
    return { subscriptionIds };
  },
});
