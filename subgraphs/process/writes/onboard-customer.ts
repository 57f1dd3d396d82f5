import type { PlannedWrite } from '../model.ts';
import type { OnboardCustomer } from '../sagas/onboard-customer.ts';

/** What is written where. Nothing was there before: the id that each system will give is not known yet. */
export function plannedOnboarding(
  { customer, isNew, erp, billing, crm, support }: Omit<OnboardCustomer, 'writes'>,
  ownerOf: (field: string) => PlannedWrite['owner'],
): PlannedWrite[] {
  const write = (system: PlannedWrite['system'], field: string, newValue: string | null): PlannedWrite[] =>
    newValue === null ? [] : [{ system, owner: ownerOf(field), field, oldValue: null, newValue }];
  // Of a newcomer the hub id is made anew at each look; the plan does not rest on it.
  const named = isNew ? 'a new customer' : customer.id;
  return [
    ...write('HUB', 'Customer.id', isNew ? named : null),
    ...(erp === null
      ? []
      : [
          ...write('ERP', 'Customer.legalName', erp.legalName),
          ...write('ERP', 'Customer.legalEntities', erp.legalEntityId),
          ...write('ERP', 'Customer.paymentTerms', erp.paymentTerms),
          ...write('ERP', 'Customer.taxId', erp.taxId),
        ]),
    ...write('BILLING', 'Customer.billingEmail', billing?.email ?? null),
    ...(crm === null
      ? []
      : [
          ...write('CRM', 'Customer.segment', crm.fields.segment ?? null),
          ...write('CRM', 'Customer.contacts', `${crm.contact.firstName} ${crm.contact.lastName}`),
        ]),
    ...write('SUPPORT', 'Customer.supportTier', support === null ? null : (support.supportTier ?? 'none')),
  ];
}
