import type { ErpCustomerId, ServiceOrderId } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { StatedDocument } from '../stated.ts';

/** The invoice of a service order that the customer pays; taken back by a credit note over all of it, which both books keep. */
export const invoiceServiceOrder = step({
  name: 'invoice-service-order',
  owner: 'ERP',
  do: async ({ erp, call }, order: { customerId: ErpCustomerId; serviceOrderId: ServiceOrderId }) => {
    const { id, number, total } = await erp.invoiceServiceOrder(order, call);
    return { id, number, total };
  },
  stated: StatedDocument,
  undo: ({ erp, call }, { input }) => erp.creditServiceInvoice({ customerId: input.customerId }, call),
});
