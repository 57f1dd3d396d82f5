import { amountText } from '../../../platform/money.ts';
import type { LegalEntityId } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import { type SubmitOrder, summaryOf } from '../sagas/submit-order.ts';
import { furtherEntity } from './further-entity.ts';

/** Each write of an order. Of what is there before, only the companies that keep the customer are told. */
export function plannedOrder(
  act: SubmitOrder,
  /** The own companies in which the ERP keeps the customer. */
  keptIn: readonly LegalEntityId[],
  ownerOf: (field: string) => PlannedWrite['owner'],
  /** Of the support desk: what it does not keep is not written. */
  support: { readonly entitlements: boolean },
): PlannedWrite[] {
  const { customer, charges } = act;
  const write = (
    system: PlannedWrite['system'],
    field: string,
    newValue: string,
    oldValue: string | null = null,
  ): PlannedWrite => ({ system, owner: ownerOf(field), field, oldValue, newValue });
  const [entitiesNow, entitiesAfter] = furtherEntity(keptIn, act.legalEntityId);
  const subscribed = summaryOf(act.subscribed);
  return [
    ...(act.entityIsNew ? [write('ERP', 'Customer.legalEntities', entitiesAfter, entitiesNow)] : []),
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
