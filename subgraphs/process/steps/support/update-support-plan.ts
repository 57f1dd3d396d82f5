import type { SupportOrgId } from '../../../support/model.ts';
import { step } from '../../systems.ts';
import { EditableSupportTier } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** The support plan of a customer. */
export const updateSupportPlan = step({
  name: 'update-support-plan',
  owner: 'SUPPORT',
  read: async ({ support, reading }, { orgId }: { orgId: SupportOrgId; supportTier: string }) => {
    const [before] = await support.orgs([orgId], reading);
    return before?.supportTier ?? null;
  },
  do: async ({ support, call }, change) => {
    await support.updateOrg(change, call);
    return null;
  },
  editable: EditableSupportTier,
  stated: NOTHING,
  undo: async ({ support, undoCall }, { input, before }) => {
    // A plan that was empty cannot be emptied again: the port has no such write.
    if (before !== null) await support.updateOrg({ orgId: input.orgId, supportTier: before }, undoCall);
  },
});
