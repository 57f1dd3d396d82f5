import type { ErpCustomer } from './model.ts';
import type { ObservedValue } from './schema.generated.ts';

/** What the ERP holds for fields that others own, and during a move what the other ERP holds for its own. */
export const observedIn = ({ email, observed = [], receivables: { asOf } }: ErpCustomer): ObservedValue[] =>
  [...(email === undefined ? [] : [{ field: 'Customer.billingEmail', value: email, asOf }]), ...observed].map(
    (one) => ({
      ...one,
      system: 'ERP',
    }),
  );
