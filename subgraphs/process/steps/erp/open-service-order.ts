import type { ServiceOrderDraft } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { StatedOrder } from '../stated.ts';

/** The service order in the ERP, with its parts reserved. */
export const openServiceOrderInErp = step({
  name: 'open-service-order',
  owner: 'ERP',
  do: async ({ erp, call }, draft: ServiceOrderDraft) => {
    const { id, order } = await erp.openServiceOrder(draft, call);
    return { id, number: order.number, netTotal: order.netTotal, tax: order.tax, total: order.total };
  },
  stated: StatedOrder,
  undo: ({ erp, call }, { input }) => erp.cancelServiceOrder({ customerId: input.customerId }, call),
});
