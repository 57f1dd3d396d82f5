import type { Cancellation } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { EditableCancellation } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** The end of a subscription at once. The last step of its act, because nothing brings it back. */
export const cancelNow = step({
  name: 'cancel-now',
  owner: 'BILLING',
  do: async ({ billing, call }, cancellation: Cancellation & { readonly creditUnused: boolean }) => {
    const { id, cancelledOn } = await billing.cancelNow(cancellation, call);
    return { id, cancelledOn };
  },
  editable: EditableCancellation,
  stated: NOTHING,
  undo: { never: 'billing opens no subscription again that has ended; the customer would need a new order' },
});
