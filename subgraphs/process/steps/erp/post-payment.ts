import type { PaymentToPost } from '../../../erp/port.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** Books a payment that billing took, or corrects what was booked of it. */
export const postPayment = step({
  name: 'post-payment',
  owner: 'ERP',
  do: async ({ erp, call }, payment: PaymentToPost) => {
    await erp.postPayment(payment, call);
    return null;
  },
  stated: NOTHING,
  undo: async () => ({ stays: 'billing took the money: what is booked says so' }),
});
