import type { EntitlementGrant } from '../../../support/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** The rights of all subscriptions of a customer whom support did not hold. */
export const restoreRights = step({
  name: 'restore-rights',
  owner: 'SUPPORT',
  partial: true, // one request for each right
  do: async ({ support, call }, { grants }: { grants: readonly EntitlementGrant[] }) => {
    if (!support.capabilities.entitlements) return null;
    for (const grant of grants) await support.grant(grant, call);
    return null;
  },
  stated: NOTHING,
  undo: async ({ support, undoCall }, { input }) => {
    if (!support.capabilities.entitlements) return;
    for (const grant of input.grants) await support.grant({ ...grant, rights: [] }, undoCall);
  },
});
