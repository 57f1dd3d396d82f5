import type { Renewal } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** The next term in billing; the running one stays as it is. */
export const scheduleRenewal = step({
  name: 'schedule-renewal',
  owner: 'BILLING',
  partial: true, // a mark, the schedule, and its phases
  do: async ({ billing, call }, renewal: Renewal) => {
    const { id, agreedTerm } = await billing.scheduleRenewal(renewal, call);
    return { id, agreedTerm };
  },
  stated: NOTHING,
  undo: ({ billing, call }, { input: { subscriptionId, customerId } }) =>
    billing.withdrawRenewal({ subscriptionId, customerId }, call),
});
