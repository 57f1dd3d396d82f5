import type { ReturnDraft } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { StatedOrder } from '../stated.ts';

/** The return in the ERP: what may come back, at the order's prices. */
export const authorizeReturn = step({
  name: 'authorize-return',
  owner: 'ERP',
  do: async ({ erp, call }, draft: ReturnDraft) => {
    const { id, number, netTotal, tax, total } = await erp.authorizeReturn(draft, call);
    return { id, number, netTotal, tax, total };
  },
  stated: StatedOrder,
  undo: async ({ erp, call }, { input }) => {
    if ((await erp.cancelReturn({ customerId: input.customerId }, call)) === 'CANCELLED') return;
    return { stays: 'the return is credited, or goods came back: finance corrects it by a document of its own' };
  },
});
