import { amountText } from '../../../platform/money.ts';
import type { Subscription } from '../../billing/model.ts';
import type { ContractOrder } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { CancelSubscription } from '../sagas/cancel-subscription.ts';
import { summaryOf } from '../sagas/submit-order.ts';

/** Each write of a cancellation, with what the system holds now. */
export function plannedCancellation(
  act: Omit<CancelSubscription, 'writes'>,
  {
    subscription: { status, renewsOn, agreedTerm, items },
    orders,
  }: { readonly subscription: Subscription; readonly orders: readonly ContractOrder[] },
  ownerOf: (field: string) => PlannedWrite['owner'],
  /** Of the support desk: what it does not keep is not written. */
  support: { readonly entitlements: boolean },
): PlannedWrite[] {
  const { customer, charges, endsOn, when } = act;
  const write = (
    system: PlannedWrite['system'],
    field: string,
    oldValue: string | null,
    newValue: string | null,
  ): PlannedWrite => ({ system, owner: ownerOf(field), field, oldValue, newValue });
  const told = (amount: typeof charges.monthly) => `${amountText(amount)} ${amount.currency}`;
  const monthly = { ...charges.monthlyDifference, minor: -charges.monthlyDifference.minor };
  return [
    when === 'NOW'
      ? write('BILLING', 'CustomerSubscription.status', status, 'CANCELLED')
      : write('BILLING', 'CustomerSubscription.renewsOn', renewsOn, null),
    ...(customer.supportOrgId === null || !support.entitlements
      ? []
      : when === 'NOW'
        ? [write('SUPPORT', 'Entitlement.seats', summaryOf(items), null)]
        : [write('SUPPORT', 'Entitlement.endsOn', agreedTerm?.endsOn ?? null, endsOn)]),
    ...orders.map(({ number, open }) => write('ERP', 'SalesOrder.status', `${number}: ${summaryOf(open)}`, 'closed')),
    ...(customer.crmAccountId === null
      ? []
      : [write('CRM', 'CustomerSubscription.monthlyCharge', told(monthly), `noted: ends on ${endsOn}`)]),
  ];
}
