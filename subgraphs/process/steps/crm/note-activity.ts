import type { Activity } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableActivity } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Tells those who look after the account. */
export const noteActivity = step({
  name: 'note-activity',
  owner: 'CRM',
  do: async ({ crm, call }, activity: Activity) => {
    await crm.noteActivity(activity, call);
    return null;
  },
  editable: EditableActivity,
  stated: NOTHING,
  undo: ({ crm, call }, { input }) => crm.retractActivity({ accountId: input.accountId }, call),
});
