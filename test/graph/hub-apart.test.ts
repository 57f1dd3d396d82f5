import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHubApart } from '../support/hub-apart.ts';
import { redisMissing } from '../support/redis.ts';
import { amendSubscription } from './behaviours/amend-subscription.ts';
import { customer360 } from './behaviours/customer-360.ts';
import { oneSystemDown } from './behaviours/one-system-down.ts';
import { ownershipAndScopes } from './behaviours/ownership.ts';
import { submitOrder } from './behaviours/submit-order.ts';

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
});
