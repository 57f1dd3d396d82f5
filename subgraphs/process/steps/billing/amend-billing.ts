import { HubError } from '../../../../platform/errors.ts';
import type { Amendment } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { StatedAmendment } from '../stated.ts';

/** Items, terms and billing entity of a running subscription; billing recalculates charges and proration. */
export const amendBilling = step({
  name: 'amend-billing',
  owner: 'BILLING',
  partial: true,
  read: async ({ billing, reading }, { subscriptionId }: Amendment) => {
    const [before] = await billing.subscriptions([subscriptionId], reading);
    if (!before)
      throw new HubError('NOT_FOUND', `billing has no subscription ${subscriptionId}`, { system: 'BILLING' });
    return before;
  },
  do: async ({ billing, call }, amendment: Amendment) => {
    const { id, items, legalEntityId, paymentTerms } = await billing.amend(amendment, call);
    return { id, items, legalEntityId, paymentTerms };
  },
  stated: StatedAmendment,
  undo: ({ billing, undoCall }, { before }) => billing.revertAmendment({ before }, undoCall),
});
