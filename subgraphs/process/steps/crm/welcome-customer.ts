import type { Activity } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableActivity } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Tells sales that all is set up, and what is left for people: the welcome, and the first use. */
export const welcomeCustomer = step({
  name: 'welcome-customer',
  owner: 'CRM',
  do: async ({ crm, call }, note: Activity) => {
    await crm.noteActivity(note, call);
    return null;
  },
  editable: EditableActivity,
  stated: NOTHING,
  undo: ({ crm, call }, { input }) => crm.retractActivity({ accountId: input.accountId }, call),
});
