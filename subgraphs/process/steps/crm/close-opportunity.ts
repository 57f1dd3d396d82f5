import { HubError } from '../../../../platform/errors.ts';
import type { ClosedWon } from '../../../crm/model.ts';
import { step } from '../../systems.ts';
import { EditableClosing } from '../editable.ts';
import { NOTHING } from '../stated.ts';

/** The opportunity that became the order, closed as won. */
export const closeOpportunity = step({
  name: 'close-opportunity',
  owner: 'CRM',
  read: async ({ crm, reading }, { opportunityId }: ClosedWon) => {
    const [before] = await crm.opportunities([opportunityId], reading);
    if (!before) throw new HubError('NOT_FOUND', `the CRM has no opportunity ${opportunityId}`, { system: 'CRM' });
    return before;
  },
  do: async ({ crm, call }, change: ClosedWon) => {
    await crm.closeWon(change, call);
    return null;
  },
  editable: EditableClosing,
  stated: NOTHING,
  // only the win that this order made is taken back: another order may have won it meanwhile
  undo: ({ crm, undoCall }, { before, input }) =>
    crm.reopen({ before, salesOrderNumber: input.salesOrderNumber }, undoCall),
});
