import type { AmendmentOrder } from '../../../erp/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** The value of each subscription that moves, in the books of the company that bills it from then on. */
export const openMovingOrders = step({
  name: 'open-moving-orders',
  owner: 'ERP',
  partial: true, // one order for each subscription
  do: async ({ erp, call }, orders: readonly AmendmentOrder[]) => {
    const opened: { id: string; number: string }[] = [];
    for (const order of orders) {
      const { id, number } = await erp.openAmendmentOrder(order, keyed(call, order));
      opened.push({ id, number });
    }
    return opened;
  },
  stated: NOTHING,
  undo: async ({ erp, call }, { input }) => {
    for (const order of input.toReversed()) {
      await erp.cancelSalesOrder({ customerId: order.customerId }, keyed(call, order));
    }
  },
});

const keyed = <Call extends { readonly key: string }>(call: Call, { subscriptionId }: AmendmentOrder): Call => ({
  ...call,
  key: `${call.key}:${subscriptionId}`,
});
