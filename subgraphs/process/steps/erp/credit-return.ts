import { HubError } from '../../../../platform/errors.ts';
import type { ErpCustomerId, ReturnId } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { StatedDocument } from '../stated.ts';

/** The credit note of a return. The last step of its process: once it is posted, nothing is left that could be refused. */
export const creditReturn = step({
  name: 'credit-return',
  owner: 'ERP',
  do: async ({ erp, call }, about: { customerId: ErpCustomerId; returnId: ReturnId }) => {
    const { id, number, total } = await erp.creditReturn(about, call);
    return { id, number, total };
  },
  stated: StatedDocument,
  // A posted credit note is in the books, and maybe in the customer's: an invoice corrects it, never its removal.
  undo: async ({ erp, reading }, { input }) => {
    const [back] = await erp.returns([input.returnId], reading);
    if (!back) throw new HubError('NOT_FOUND', `the ERP has no return ${input.returnId}`, { system: 'ERP' });
    if (back.creditNote === null) return;
    return { stays: `credit note ${back.creditNote.number} is posted: finance corrects it by an invoice` };
  },
});
