import type { Activity } from '../../../crm/model.ts';
import { step } from '../../systems.ts';

/** Tells those who look after the account. */
export const noteActivity = step({
  name: 'note-activity',
  owner: 'CRM',
  do: async ({ crm, call }, activity: Activity) => {
    await crm.noteActivity(activity, call);
    return null;
  },
  undo: ({ crm, call }, { input }) => crm.retractActivity({ accountId: input.accountId }, call),
});
