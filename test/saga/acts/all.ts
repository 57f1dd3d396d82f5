import type { Hub } from '../../subgraphs/process/support/systems.ts';
import { afterSales } from './after-sales.ts';
import { customers } from './customers.ts';
import { orders } from './orders.ts';
import { own } from './own.ts';
import { repairs } from './repairs.ts';
import { subscriptions } from './subscriptions.ts';
import { groundOf, type TriedAct } from './tried-act.ts';
import { usage } from './usage.ts';

/** Every act of the hub. A new one gets its entry in one of these. */
export async function triedActs(hub: Hub): Promise<readonly TriedAct[]> {
  const ground = groundOf(hub);
  return [
    ...orders(hub, ground),
    ...subscriptions(hub, ground),
    ...customers(hub, ground),
    ...(await afterSales(hub)),
    ...usage(hub),
    ...own(hub, ground),
    ...repairs(hub),
  ];
}
