import { after, before, describe } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { type StartedHub, startHub } from '../support/hub.ts';
import { amendSubscription } from './behaviours/amend-subscription.ts';
import { customer360 } from './behaviours/customer-360.ts';
import { accountWithManyLines } from './behaviours/large-account.ts';
import { oneSystemDown } from './behaviours/one-system-down.ts';
import { ownershipAndScopes } from './behaviours/ownership.ts';
import { submitOrder } from './behaviours/submit-order.ts';

describe('the hub in one process', () => {
  let hub: StartedHub;
  before(async () => {
    hub = await startHub({ port: await freePort() });
  });
  after(() => hub.close());

  describe('customer 360', () => customer360(() => hub));
  describe('submitOrder', () => submitOrder(() => hub));
  describe('amendSubscription', () => amendSubscription(() => hub));
  describe('ownership and scopes', () => ownershipAndScopes(() => hub));
  describe('one system down', () => oneSystemDown(() => hub));
  describe('an account with many lines', () => accountWithManyLines(() => hub));
});
