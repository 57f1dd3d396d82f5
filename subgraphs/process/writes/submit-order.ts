import { amountText } from '../../../platform/money.ts';
import type { PlannedWrite } from '../model.ts';
import { type SubmitOrder, summaryOf } from '../sagas/submit-order.ts';

/** Each write of an order. Nothing is there before, but the opportunity's stage. */
export function plannedOrder(
  act: SubmitOrder,
  ownerOf: (field: string) => PlannedWrite['owner'],
  /** Of the support desk: what it does not keep is not written. */
  support: { readonly entitlements: boolean },
): PlannedWrite[] {
  const { customer, charges } = act;
  const write = (system: PlannedWrite['system'], field: string, newValue: string): PlannedWrite => ({
    system,
    owner: ownerOf(field),
    field,
    oldValue: null,
    newValue,
  });
  const subscribed = summaryOf(act.subscribed);
  return [
    write('ERP', 'SalesOrder.lines', summaryOf(act.lines)),
    ...(act.subscribed.length === 0
      ? []
      : [
          write('BILLING', 'CustomerSubscription.items', subscribed),
          write('BILLING', 'CustomerSubscription.contractId', act.contractId ?? ''),
          ...(support.entitlements ? [write('SUPPORT', 'Entitlement.seats', subscribed)] : []),
        ]),
    ...(act.opportunityId === null ? [] : [write('CRM', 'Opportunity.stage', 'CLOSED_WON')]),
    ...(act.subscribed.length === 0 || customer.crmAccountId === null
      ? []
      : [
          write('CRM', 'CustomerSubscription.monthlyCharge', `${amountText(charges.monthly)} ${charges.currency} more`),
        ]),
  ];
}
