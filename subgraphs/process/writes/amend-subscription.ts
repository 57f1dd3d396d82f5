import { amountText } from '../../../platform/money.ts';
import type { ChargePreview, Subscription } from '../../billing/model.ts';
import type { LegalEntityId } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { AmendSubscription } from '../sagas/amend-subscription.ts';
import { summaryOf } from '../sagas/submit-order.ts';
import { furtherEntity } from './further-entity.ts';

/** Each write of an amendment, with what the system holds now. */
export function plannedAmendment(
  act: Omit<AmendSubscription, 'writes'>,
  now: {
    readonly subscription: Subscription;
    readonly preview: ChargePreview;
    /** The own companies in which the ERP keeps the customer. */
    readonly keptIn: readonly LegalEntityId[];
  },
  ownerOf: (field: string) => PlannedWrite['owner'],
  /** Of the support desk: what it does not keep is not written. */
  support: { readonly entitlements: boolean },
): PlannedWrite[] {
  const { amendment, customer } = act;
  const { subscription: before, preview, keptIn } = now;
  const oldItems = summaryOf(before.items);
  const newItems = summaryOf(amendment.items);
  const write = (
    system: PlannedWrite['system'],
    field: string,
    oldValue: string | null,
    newValue: string | null,
  ): PlannedWrite => ({ system, owner: ownerOf(field), field, oldValue, newValue });
  return [
    ...(oldItems === newItems ? [] : [write('BILLING', 'CustomerSubscription.items', oldItems, newItems)]),
    ...(before.legalEntityId === amendment.legalEntityId
      ? []
      : [write('BILLING', 'CustomerSubscription.legalEntityId', before.legalEntityId, amendment.legalEntityId)]),
    ...(before.paymentTerms === amendment.paymentTerms
      ? []
      : [write('BILLING', 'CustomerSubscription.paymentTerms', before.paymentTerms, amendment.paymentTerms)]),
    ...(act.entityIsNew ? [write('ERP', 'Customer.legalEntities', ...furtherEntity(keptIn, act.legalEntityId))] : []),
    write('ERP', 'SalesOrder.lines', null, `amendment order from ${amendment.effectiveOn}: ${newItems}`),
    ...(act.paymentTerms === null
      ? []
      : [write('ERP', 'Customer.paymentTerms', before.paymentTerms, act.paymentTerms)]),
    ...(customer.supportOrgId === null || !support.entitlements
      ? []
      : [write('SUPPORT', 'Entitlement.seats', oldItems, newItems)]),
    ...(customer.crmAccountId === null
      ? []
      : [
          write(
            'CRM',
            'CustomerSubscription.monthlyCharge',
            `${amountText(preview.monthlyBefore)} ${preview.currency}`,
            `${amountText(preview.monthlyAfter)} ${preview.currency}`,
          ),
        ]),
  ];
}
