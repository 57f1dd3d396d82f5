import type { Subscription } from '../../billing/model.ts';
import type { LegalEntityId } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { ChangeBillingEntity } from '../sagas/change-billing-entity.ts';
import { summaryOf } from '../sagas/submit-order.ts';
import { furtherEntity } from './further-entity.ts';

/** Each write of a change of the billing entity, with what the system holds now. */
export function plannedMove(
  act: Omit<ChangeBillingEntity, 'writes'>,
  now: { readonly moving: readonly Subscription[]; readonly keptIn: readonly LegalEntityId[] },
  ownerOf: (field: string) => PlannedWrite['owner'],
): PlannedWrite[] {
  const write = (
    system: PlannedWrite['system'],
    field: string,
    oldValue: string | null,
    newValue: string | null,
  ): PlannedWrite => ({ system, owner: ownerOf(field), field, oldValue, newValue });
  const named = ({ id }: Subscription, value: string | null) => (value === null ? null : `${id}: ${value}`);
  return [
    ...(act.entityIsNew
      ? [write('ERP', 'Customer.legalEntities', ...furtherEntity(now.keptIn, act.legalEntityId))]
      : []),
    ...now.moving.flatMap((one) => [
      write(
        'BILLING',
        'CustomerSubscription.legalEntityId',
        named(one, one.legalEntityId),
        named(one, act.legalEntityId),
      ),
      write('ERP', 'SalesOrder.lines', null, `amendment order from ${act.effectiveOn}: ${summaryOf(one.items)}`),
    ]),
  ];
}
