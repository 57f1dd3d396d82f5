import { SUBMIT } from '../../subgraphs/process/support/operations.ts';
import { type Hub, otherEntity, sellable } from '../../subgraphs/process/support/systems.ts';
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
    name: 'submitOrder of an opportunity', // that this order wins
    ask: SUBMIT,
    begin: async () => {
      const customer = await ground.prospect();
      const { hubId: customerId, currency } = customer;
      const lines = [{ sku: sellable(hub.world, 'SERVICE', currency), quantity: 1 }];
      return { input: { customerId, currency, opportunityId: await ground.openOpportunityOf(customer), lines } };
    },
  },
];
