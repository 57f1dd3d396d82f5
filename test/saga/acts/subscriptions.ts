import assert from 'node:assert/strict';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { Subscription } from '../../../subgraphs/billing/model.ts';
import { AMEND, CANCEL, CHANGE_ENTITY, RENEW } from '../../subgraphs/process/support/operations.ts';
import { correlated, type Hub, otherEntity } from '../../subgraphs/process/support/systems.ts';
import type { GroundOf, TriedAct } from './tried-act.ts';

export const subscriptions = (hub: Hub, ground: GroundOf): readonly TriedAct[] => {
  /** Of a customer whom another of our companies can bill. */
  const movable = async () => {
    const { customer, subscription } = await ground.subscription(ground.customerOfOne);
    return { subscription, entity: otherEntity(hub.world, customer) };
  };
  /** The company that the test begins with has no orders of subscriptions. */
  const carriedByAnOrder = async (customer: WorldCustomer, { id: subscriptionId, items, currency }: Subscription) => {
    const order = {
      ...{ customerId: await ground.linkOf(customer, 'ERP'), legalEntityId: customer.legalEntityId as never },
      ...{ currency, subscriptionId, contractId: null, effectiveOn: '2026-01-01', paymentTerms: null },
      lines: items.map(({ sku, ...line }) => ({ ...line, sku: sku as never })), // the same in both systems
    };
    const call = { ...correlated, key: `ground:${subscriptionId}`, actingFor: 'ERP' } as const;
    await hub.ports.erp.openAmendmentOrder(order, call);
  };
  return [
    {
      name: 'amendSubscription',
      ask: AMEND,
      begin: async () => {
        const { subscription, entity } = await movable();
        const [item = assert.fail('no item')] = subscription.items;
        const items = [{ sku: item.sku, quantity: item.quantity + 3 }];
        return {
          input: { subscriptionId: subscription.id, billingEntityId: entity, items, paymentTerms: 'NET_90' },
          completed: async () => {
            const { legalEntityId, items } = await ground.now(subscription);
            assert.deepEqual([legalEntityId, items[0]?.quantity], [entity, item.quantity + 3]);
          },
          undone: async () => {
            const { legalEntityId, items } = await ground.now(subscription);
            assert.deepEqual([legalEntityId, items], [subscription.legalEntityId, subscription.items]);
          },
        };
      },
    },
    {
      name: 'renewSubscription',
      ask: RENEW,
      begin: async () => {
        const { subscription } = await ground.subscription();
        return {
          input: { subscriptionId: subscription.id, termMonths: 12 },
          completed: async () => {
            const { agreedTerm, items } = await ground.now(subscription);
            assert.equal(agreedTerm?.startsOn, subscription.currentTermEndsOn);
            assert.deepEqual(items, subscription.items);
          },
          undone: ground.unchanged(subscription),
        };
      },
    },
    {
      name: 'renewSubscription of an opportunity', // that this renewal wins
      ask: RENEW,
      begin: async () => {
        const { customer, subscription } = await ground.subscription(ground.prospect);
        const opportunityId = await ground.openOpportunityOf(customer);
        return {
          input: { subscriptionId: subscription.id, termMonths: 12, opportunityId },
          undone: async () => {
            assert.equal(await ground.openOpportunityOf(customer), opportunityId);
            await ground.unchanged(subscription)();
          },
        };
      },
    },
    {
      name: 'renewSubscription for later',
      ask: RENEW,
      begin: async () => {
        const { subscription } = await ground.subscription();
        const beginsAt = new Date(Date.now() + 4_000).toISOString();
        return {
          input: { subscriptionId: subscription.id, termMonths: 12, beginsAt },
          completed: async () =>
            assert.equal((await ground.now(subscription)).agreedTerm?.startsOn, subscription.currentTermEndsOn),
          undone: ground.unchanged(subscription),
        };
      },
    },
    {
      name: 'cancelSubscription at the end of the term',
      ask: CANCEL,
      begin: async () => {
        const { subscription } = await ground.subscription();
        return {
          input: { subscriptionId: subscription.id, when: 'TERM_END', reason: 'moves away' },
          completed: async () => {
            const { status, renewsOn } = await ground.now(subscription);
            assert.deepEqual([status, renewsOn], ['ACTIVE', null]);
          },
          undone: ground.unchanged(subscription),
        };
      },
    },
    {
      name: 'cancelSubscription at once',
      ask: CANCEL,
      pointOfNoReturn: 'cancel-now',
      begin: async () => {
        const { customer, subscription } = await ground.subscription();
        await carriedByAnOrder(customer, subscription);
        return {
          input: { subscriptionId: subscription.id, when: 'NOW', reason: 'moves away', refundUnused: true },
          completed: async () => assert.equal((await ground.now(subscription)).status, 'CANCELLED'),
          undone: ground.unchanged(subscription),
        };
      },
    },
    {
      name: 'changeBillingEntity',
      ask: CHANGE_ENTITY,
      begin: async () => {
        const { subscription, entity } = await movable();
        return {
          input: { subscriptionId: subscription.id, billingEntityId: entity },
          completed: async () => assert.equal((await ground.now(subscription)).legalEntityId, entity),
          undone: async () => assert.equal((await ground.now(subscription)).legalEntityId, subscription.legalEntityId),
        };
      },
    },
  ];
};
