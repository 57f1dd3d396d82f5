import type { Cancellation } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { EditableCancellation } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** The end of a subscription with its term; until then it runs. */
export const cancelAtTermEnd = step({
  name: 'cancel-at-term-end',
  owner: 'BILLING',
  do: async ({ billing, call }, cancellation: Cancellation) => {
    const { id, agreedTerm, currentTermEndsOn } = await billing.cancelAtTermEnd(cancellation, call);
    return { id, endsOn: agreedTerm?.endsOn ?? currentTermEndsOn };
  },
  editable: EditableCancellation,
  stated: NOTHING,
  undo: ({ billing, call }, { input: { subscriptionId, customerId } }) =>
    billing.keepRunning({ subscriptionId, customerId }, call),
});
