import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { receiver } from '../events/deliver/receiver.ts';
import { eventually } from '../support/hub.ts';
import { startHubApart } from '../support/hub-apart.ts';
import { redisMissing } from '../support/redis.ts';
import { amendSubscription } from './behaviours/amend-subscription.ts';
import { customer360 } from './behaviours/customer-360.ts';
import { oneSystemDown } from './behaviours/one-system-down.ts';
import { ownershipAndScopes } from './behaviours/ownership.ts';
import { type ActResult, SUBMIT_ORDER } from './behaviours/queries.ts';
import { submitOrder } from './behaviours/submit-order.ts';
import { freshCustomer, orderLines } from './behaviours/world.ts';

const CREATE_KEY = 'mutation ($input: CreateKeyInput!) { createKey(input: $input) { key { id } } }';
const SUBSCRIBE = `mutation ($input: CreateEventSubscriptionInput!) {
  createEventSubscription(input: $input) { secret subscription { id } } }`;

describe('the hub as the processes of docker-compose.yml', { skip: redisMissing }, () => {
  let hub: Awaited<ReturnType<typeof startHubApart>>;
  before(async () => {
    hub = await startHubApart();
  });
  after(() => hub?.close());

  test('every folder with a main is a service', () => {
    assert.deepEqual([...hub.services].sort(), [
      'access',
      'billing',
      'crm',
      'erp',
      'eventgraph',
      'events',
      'gateway',
      'identity',
      'process',
      'support',
      'worker',
    ]);
  });

  describe('customer 360', () => customer360(() => hub));
  describe('submitOrder', () => submitOrder(() => hub));
  describe('amendSubscription', () => amendSubscription(() => hub));
  describe('ownership and scopes', () => ownershipAndScopes(() => hub));
  describe('one system down', () => oneSystemDown(() => hub));

  test('a partner subscribes at one service, a worker tells of an order, and a third one sends that', async () => {
    const at = await receiver();
    try {
      const { data } = await hub.ask<{ createKey: { key: { id: string } } }>(CREATE_KEY, {
        input: { idempotencyKey: 'subscriber', name: 'Subscriber', scopes: ['order:read', 'customer:read'] },
      });
      const made = await hub.ask<{ createEventSubscription: { secret: string; subscription: { id: string } } }>(
        SUBSCRIBE,
        {
          input: {
            ...{ idempotencyKey: 'subscription', keyId: data.createKey.key.id, name: 'Orders', url: at.url },
            events: ['OrderAccepted'],
          },
        },
      );
      assert.deepEqual(made.errors, []);
      const { secret, subscription } = made.data.createEventSubscription;
      const tried = await hub.ask<{ sendTestEvent: object }>(
        'mutation ($id: ID!) { sendTestEvent(id: $id) { delivered status } }',
        { id: subscription.id },
      );
      assert.deepEqual(tried.data.sendTestEvent, { delivered: true, status: 204 });
      const customer = freshCustomer();
      const { data: ordered } = await hub.ask<{ submitOrder: ActResult }>(SUBMIT_ORDER, {
        input: {
          ...{ idempotencyKey: 'told', customerId: customer.hubId, currency: customer.currency },
          lines: orderLines(customer),
        },
      });
      assert.equal(ordered.submitOrder.__typename, 'OrderAccepted', JSON.stringify(ordered.submitOrder));
      await eventually('the event has come', async () => at.taken.length > 1, 60_000);
      const [, message = assert.fail('none came')] = at.taken;
      new Webhook(secret).verify(message.body, message.headers as Record<string, string>);
      assert.deepEqual(
        [message.event.type, message.event.subject],
        ['concord.OrderAccepted.v1', `customer/${customer.hubId}`],
      );
    } finally {
      await at.close();
    }
  });
});
