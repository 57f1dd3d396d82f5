import type { OrderDraft } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { EditableOrder } from '../editable.ts';
import { StatedOrder } from '../stated.ts';

/** The order in the ERP: its number, its prices and its tax are the ERP's. */
export const openSalesOrder = step({
  name: 'open-sales-order',
  owner: 'ERP',
  do: async ({ erp, call }, draft: OrderDraft) => {
    const { id, number, netTotal, tax, total } = await erp.openSalesOrder(draft, call);
    return { id, number, netTotal, tax, total };
  },
  editable: EditableOrder,
  stated: StatedOrder,
  undo: ({ erp, call }, { input }) => erp.cancelSalesOrder({ customerId: input.customerId }, call),
});
