import type { BillingCustomerId } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** A second record of a customer, without business on it, no longer names the customer. */
export const releaseRecord = step({
  name: 'release-record',
  owner: 'BILLING',
  do: async ({ billing, call }, customer: { customerId: BillingCustomerId }) => {
    await billing.releaseCustomer(customer, call);
    return null;
  },
  stated: NOTHING,
  undo: async () => ({ stays: 'nothing was on the record; whoever needs it names the customer there again' }),
});
