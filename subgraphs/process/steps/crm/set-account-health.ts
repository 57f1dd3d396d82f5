import type { AccountHealth, CrmAccountId } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableHealth } from '../editable.ts';
import { NOTHING } from '../stated.ts';

export interface HealthToSet {
  readonly accountId: CrmAccountId;
  readonly health: AccountHealth;
  readonly healthReason: string;
}

/** Says how likely the customer is to stay, and why. */
export const setAccountHealth = step({
  name: 'set-account-health',
  owner: 'CRM',
  read: async ({ crm, reading }, { accountId }: HealthToSet) => {
    const [account] = await crm.accounts([accountId], reading);
    return account ? { health: account.health, healthReason: account.healthReason } : null;
  },
  do: async ({ crm, call }, health) => {
    await crm.updateAccount(health, call);
    return null;
  },
  editable: EditableHealth,
  stated: NOTHING,
  undo: async ({ crm, reading, undoCall }, { input, before }) => {
    const [account] = await crm.accounts([input.accountId], reading);
    // Somebody has judged the account anew meanwhile, or it was never said: that stays.
    const isOurs = account?.health === input.health && account.healthReason === input.healthReason;
    if (before !== null && isOurs) await crm.updateAccount({ accountId: input.accountId, ...before }, undoCall);
  },
});
