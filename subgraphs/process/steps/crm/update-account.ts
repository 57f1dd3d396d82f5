import type { CrmAccountChange } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableAccount } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** Segment, industry, website, and the address as long as it is the CRM's. */
export const updateAccount = step({
  name: 'update-account',
  owner: 'CRM',
  read: async ({ crm, reading }, { accountId }: CrmAccountChange) => {
    const [before] = await crm.accounts([accountId], reading);
    return before ? { segment: before.segment, industry: before.industry, website: before.website } : null;
  },
  do: async ({ crm, call }, change: CrmAccountChange) => {
    await crm.updateAccount(change, call);
    return null;
  },
  editable: EditableAccount,
  stated: NOTHING,
  undo: async ({ crm, undoCall }, { input, before }) => {
    if (before === null) return;
    // What was empty before, and the address, which the port does not tell, stay as written: it is one field of one system.
    const put = (name: 'segment' | 'industry' | 'website') =>
      input[name] === undefined || before[name] === null ? {} : { [name]: before[name] };
    await crm.updateAccount(
      { accountId: input.accountId, ...put('segment'), ...put('industry'), ...put('website') },
      undoCall,
    );
  },
});
