import type { CrmAccountDraft } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableNewAccount } from '../editable.ts';
import { StatedId } from '../stated.ts';

/** The account and the person to talk to. */
export const openCrmAccount = step({
  name: 'open-crm-account',
  owner: 'CRM',
  do: ({ crm, call }, draft: CrmAccountDraft) => crm.openAccount(draft, call),
  editable: EditableNewAccount,
  stated: StatedId,
  undo: ({ crm, call }, { input }) => crm.closeAccount(input, call),
});
