import type { Activity } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableActivity } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Tells sales, who see only their own two accounts, which of them the customer goes by. */
export const noteMerge = step({
  name: 'note-merge',
  owner: 'CRM',
  do: async ({ crm, call }, note: Activity) => {
    await crm.noteActivity(note, call);
    return null;
  },
  editable: EditableActivity,
  stated: NOTHING,
  undo: ({ crm, call }, { input }) => crm.retractActivity({ accountId: input.accountId }, call),
});
