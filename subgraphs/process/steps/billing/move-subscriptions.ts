import { HubError } from '../../../../platform/errors.ts';
import type { Amendment, Subscription } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/**
 * Several subscriptions to another own company, one after the other, each under a key of its own: of those that moved before
 * one is refused, each is put back.
 */
export const moveSubscriptions = step({
  name: 'move-subscriptions',
  owner: 'BILLING',
  partial: true,
  read: async ({ billing, reading }, amendments: readonly Amendment[]): Promise<readonly Subscription[]> => {
    const ids = amendments.map(({ subscriptionId }) => subscriptionId);
    return (await billing.subscriptions(ids, reading)).map((found, at) => {
      if (found !== null) return found;
      throw new HubError('NOT_FOUND', `billing has no subscription ${ids[at]}`, { system: 'BILLING' });
    });
  },
  do: async ({ billing, call }, amendments) => {
    for (const amendment of amendments) {
      await billing.amend(amendment, { ...call, key: `${call.key}:${amendment.subscriptionId}` });
    }
    return null;
  },
  stated: NOTHING,
  undo: async ({ billing, undoCall }, { before }) => {
    for (const one of before.toReversed()) {
      await billing.revertAmendment({ before: one }, { ...undoCall, key: `${undoCall.key}:${one.id}` });
    }
  },
});
