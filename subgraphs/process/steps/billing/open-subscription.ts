import type { SubscriptionDraft } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { StatedSubscription } from '../stated.ts';

/** The subscription and its schedule in billing. `isNew` is not in what an operator states, nor in what older versions journaled. */
export const openSubscription = step({
  name: 'open-subscription',
  owner: 'BILLING',
  partial: true,
  do: async ({ billing, call }, draft: SubscriptionDraft) => {
    const { id, startedOn, currentTermEndsOn, items } = await billing.openSubscription(draft, call);
    return { id, startedOn, currentTermEndsOn, items, isNew: true };
  },
  stated: StatedSubscription,
  undo: ({ billing, call }, { input }) => billing.cancelOpened({ customerId: input.customerId }, call),
});
