import type { AmendmentOrder } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { StatedOrder } from '../stated.ts';

/** Value, schedule, tax and revenue dates of the next term, as the ERP takes them. */
export const openRenewalOrder = step({
  name: 'open-renewal-order',
  owner: 'ERP',
  do: async ({ erp, call }, renewal: AmendmentOrder & { readonly endsOn: string }) => {
    const { id, number, netTotal, tax, total } = await erp.openAmendmentOrder(renewal, call);
    return { id, number, netTotal, tax, total };
  },
  stated: StatedOrder,
  undo: ({ erp, call }, { input }) => erp.cancelSalesOrder({ customerId: input.customerId }, call),
});
