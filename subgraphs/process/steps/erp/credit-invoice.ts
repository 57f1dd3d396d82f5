import type { ErpCustomerId, InvoiceId } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** Takes back, by a credit note over all of it, an invoice that should not be there. */
export const creditInvoice = step({
  name: 'credit-invoice',
  owner: 'ERP',
  do: async ({ erp, call }, invoice: { customerId: ErpCustomerId; invoiceId: InvoiceId }) => {
    await erp.creditInvoice(invoice, call);
    return null;
  },
  stated: NOTHING,
  undo: async () => ({ stays: 'a posted credit note is in the books: finance corrects it by an invoice' }),
});
