import assert from 'node:assert/strict';
import { stripe } from '../../../sandbox/data/keys.ts';
import { meteredOf } from '../../../sandbox/data/metered.ts';
import { RECORD_USAGE } from '../../subgraphs/process/support/operations.ts';
import type { Hub } from '../../subgraphs/process/support/systems.ts';
import type { TriedAct } from './tried-act.ts';

export const usage = (hub: Hub): readonly TriedAct[] => {
  const customer = [...hub.world.customers()].find(
    ({ index, known, subscriptions }) =>
      meteredOf(index, 0).length > 0 && Object.values(known).every(Boolean) && subscriptions[0]?.status === 'ACTIVE',
  );
  assert.ok(customer, 'somebody is charged by use');
  const subscriptionId = stripe.subscription(customer.index, 0);
  let nr = 0;
  return [
    {
      name: 'recordUsage',
      ask: RECORD_USAGE,
      begin: () => {
        nr += 1;
        const events = [1, 2, 3].map((nth) => ({
          id: `batch-${nr}-${nth}`,
          ...{ subscriptionId, sku: 'USE-API-CALLS', quantity: String(nth), occurredAt: new Date().toISOString() },
        }));
        return { input: { events } };
      },
    },
  ];
};
