import type { FollowUpTask } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableTask } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Something to do for whoever looks after the account. */
export const openTask = step({
  name: 'open-task',
  owner: 'CRM',
  do: async ({ crm, call }, task: FollowUpTask) => {
    await crm.openTask(task, call);
    return null;
  },
  editable: EditableTask,
  stated: NOTHING,
  undo: ({ crm, call }, { input }) => crm.withdrawTask({ accountId: input.accountId }, call),
});
