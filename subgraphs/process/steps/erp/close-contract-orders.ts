import type { ContractInErp } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** The orders that carry a subscription's value and schedule, as far as they recur: nothing of them is invoiced or scheduled any more. */
export const closeContractOrders = step({
  name: 'close-contract-orders',
  owner: 'ERP',
  partial: true, // one order after the other
  do: ({ erp, call }, about: ContractInErp) => erp.closeContractOrders(about, call),
  stated: NOTHING,
  undo: ({ erp, call }, { input }) => erp.reopenContractOrders({ customerId: input.customerId }, call),
});
