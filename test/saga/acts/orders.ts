import { SUBMIT } from '../../subgraphs/process/support/operations.ts';
import { correlated, type Hub, otherEntity, sellable } from '../../subgraphs/process/support/systems.ts';
import type { GroundOf, TriedAct } from './tried-act.ts';

export const orders = (hub: Hub, ground: GroundOf): readonly TriedAct[] => [
  {
    name: 'submitOrder',
    ask: SUBMIT,
    begin: async () => {
      const customer = await ground.customerOfOne();
      const { hubId: customerId, currency } = customer;
      const lines = [
        { sku: sellable(hub.world, 'SERVICE', currency), quantity: 1 },
        { sku: sellable(hub.world, 'SUBSCRIPTION', currency), quantity: 2 },
      ];
      return { input: { customerId, currency, legalEntityId: otherEntity(hub.world, customer), lines } };
    },
  },
  {
    name: 'submitOrder of an opportunity', // that this order wins: each can be won once
    ask: SUBMIT,
    begin: async () => {
      for (;;) {
        const customer = hub.freshCustomer();
        const of = await ground.linkOf(customer, 'CRM');
        const [sales] = await hub.ports.crm.opportunitiesOf([{ of, first: 50, after: null }], correlated);
        const open = sales?.entries.find(({ stage }) => !stage.startsWith('CLOSED'));
        if (open === undefined) continue;
        const { hubId: customerId, currency } = customer;
        const lines = [{ sku: sellable(hub.world, 'SERVICE', currency), quantity: 1 }];
        return { input: { customerId, currency, opportunityId: open.id, lines } };
      }
    },
  },
];
