import type { CrmAccount } from './model.ts';
import type { ObservedValue } from './schema.generated.ts';

/** What the CRM holds for fields that the ERP owns. The postal address is one line, its parts as they are on a letter. */
export function observedIn({ name, billingAddress, asOf }: CrmAccount): ObservedValue[] {
  const observed = (field: string, value: string): ObservedValue => ({ field, system: 'CRM', value, asOf });
  const values = [observed('Customer.legalName', name)];
  if (billingAddress !== null) {
    const { line1, line2, city, region, postalCode, country } = billingAddress;
    const place = [postalCode, city].filter(Boolean).join(' ');
    const line = [line1, line2, place, region, country].filter(Boolean).join(', ');
    values.push(observed('Customer.billingAddress', line));
  }
  return values;
}
