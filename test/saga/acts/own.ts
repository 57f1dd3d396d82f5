import assert from 'node:assert/strict';
import { correlated, type Hub } from '../../subgraphs/process/support/systems.ts';
import type { GroundOf, TriedAct } from './tried-act.ts';

/** What events have the hub do. */
export const own = (hub: Hub, ground: GroundOf): readonly TriedAct[] => [
  {
    name: 'followUp',
    ask: { act: 'followUp', actsFor: 'CRM' },
    begin: () => ({
      input: {
        customerId: hub.freshCustomer().hubId,
        health: { value: 'AT_RISK', reason: 'A payment failed' },
        task: { subject: 'Payment failed', text: 'Ask for another way to pay.', dueInDays: 2, urgent: true },
      },
    }),
  },
  {
    name: 'alignEntitlement',
    ask: { act: 'alignEntitlement', actsFor: 'SUPPORT' },
    begin: async () => {
      const { customer, subscription } = await ground.subscription();
      const { id: subscriptionId, customerId, items, legalEntityId, paymentTerms } = subscription;
      const of = { orgId: await ground.linkOf(customer, 'SUPPORT'), subscriptionId };
      const before = await hub.ports.support.rightsOf(of, correlated);
      // changed in billing, and not through the hub
      await hub.ports.billing.amend(
        {
          ...{ subscriptionId, customerId, legalEntityId, paymentTerms },
          effectiveOn: new Date().toISOString().slice(0, 10),
          items: items.map(({ sku, quantity }) => ({ sku, quantity: quantity + 1 })),
        },
        { ...correlated, key: `elsewhere ${subscriptionId}`, actingFor: 'BILLING' },
      );
      const seatsNow = async () => (await hub.ports.support.rightsOf(of, correlated)).map(({ seats }) => seats);
      return {
        input: { subscriptionId },
        completed: async () =>
          assert.deepEqual(
            await seatsNow(),
            items.map(({ quantity }) => quantity + 1),
          ),
        undone: async () =>
          assert.deepEqual(
            await seatsNow(),
            before.map(({ seats }) => seats),
          ),
      };
    },
  },
];
