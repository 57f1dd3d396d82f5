import { step } from '../../systems.ts';
import { EditableNewOrg } from '../editable.ts';
import { StatedId } from '../stated.ts';

export interface OrgToOpen {
  readonly hubId: string;
  readonly name: string;
  readonly supportTier: string | null;
}

/** Where the customer's cases and rights will be. */
export const openSupportOrg = step({
  name: 'open-support-org',
  owner: 'SUPPORT',
  do: ({ support, call }, draft: OrgToOpen) => support.openOrg(draft, call),
  editable: EditableNewOrg,
  stated: StatedId,
  undo: ({ support, call }, { input }) => support.closeOrg(input, call),
});
