import type { ErpCustomerId, ServiceOrderId } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { StatedDocument } from '../stated.ts';

/** The invoice of an order that was delivered: an order of goods is invoiced as one of a service is. */
export const invoiceOrder = step({
  name: 'invoice-order',
  owner: 'ERP',
  do: async ({ erp, call }, order: { customerId: ErpCustomerId; serviceOrderId: ServiceOrderId }) => {
    const { id, number, total } = await erp.invoiceServiceOrder(order, call);
    return { id, number, total };
  },
  stated: StatedDocument,
  undo: ({ erp, call }, { input }) => erp.creditServiceInvoice({ customerId: input.customerId }, call),
});
