import type { AmendmentOrder } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { StatedOrder } from '../stated.ts';

/** The new value, schedule, tax and terms of an amended subscription, as the ERP takes them. */
export const openAmendmentOrder = step({
  name: 'open-amendment-order',
  owner: 'ERP',
  partial: true, // the order, and the customer's terms
  do: async ({ erp, call }, amendment: AmendmentOrder) => {
    const { id, number, netTotal, tax, total } = await erp.openAmendmentOrder(amendment, call);
    return { id, number, netTotal, tax, total };
  },
  stated: StatedOrder,
  undo: ({ erp, call }, { input }) => erp.cancelSalesOrder({ customerId: input.customerId }, call),
});
