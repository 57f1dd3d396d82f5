import { amountText } from '../../../platform/money.ts';
import type { Subscription } from '../../billing/model.ts';
import type { PlannedWrite } from '../model.ts';
import { licensedThrough, type RenewSubscription } from '../sagas/renew-subscription.ts';
import { summaryOf } from '../sagas/submit-order.ts';

/** Each write of a renewal, with what the system holds now. */
export function plannedRenewal(
  act: Omit<RenewSubscription, 'writes'>,
  { items, agreedTerm, paymentTerms }: Subscription,
  ownerOf: (field: string) => PlannedWrite['owner'],
  /** Of the support desk: what it does not keep is not written. */
  support: { readonly entitlements: boolean },
): PlannedWrite[] {
  const { renewal, customer, charges } = act;
  const write = (
    system: PlannedWrite['system'],
    field: string,
    oldValue: string | null,
    newValue: string | null,
  ): PlannedWrite => ({ system, owner: ownerOf(field), field, oldValue, newValue });
  const [term, after] = [`${renewal.startsOn} to ${renewal.endsOn}`, summaryOf(renewal.items)];
  return [
    write(
      'BILLING',
      'CustomerSubscription.agreedTerm',
      agreedTerm && `${agreedTerm.startsOn} to ${agreedTerm.endsOn}`,
      `${term}: ${amountText(charges.monthly)} ${charges.currency} a month`,
    ),
    ...(summaryOf(items) === after
      ? []
      : [write('BILLING', 'CustomerSubscription.items', summaryOf(items), `from ${renewal.startsOn}: ${after}`)]),
    ...(renewal.paymentTerms === paymentTerms
      ? []
      : [write('BILLING', 'CustomerSubscription.paymentTerms', paymentTerms, renewal.paymentTerms)]),
    write('ERP', 'SalesOrder.lines', null, `renewal order ${term}: ${after}`),
    ...(customer.supportOrgId === null || !support.entitlements
      ? []
      : [
          write('SUPPORT', 'Entitlement.endsOn', agreedTerm?.endsOn ?? null, renewal.endsOn),
          write('SUPPORT', 'Entitlement.seats', summaryOf(items), summaryOf(licensedThrough(act))),
        ]),
    ...(act.opportunityId === null ? [] : [write('CRM', 'Opportunity.stage', null, 'CLOSED_WON')]),
    ...(customer.crmAccountId === null
      ? []
      : [write('CRM', 'CustomerSubscription.agreedTerm', null, `noted: ${term}`)]),
  ];
}
