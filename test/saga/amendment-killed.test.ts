import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import { type ActAnswer, AMEND } from '../subgraphs/process/support/operations.ts';
import { correlated, type Hub, otherEntity, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { killing, POINTS } from './support/killing.ts';

/** Those after the ERP's order are the same as an order's (order-killed-anywhere). */
const STEPS = ['keep-in-legal-entity', 'amend-billing', 'open-amendment-order'] as const;

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

async function running(customer: WorldCustomer) {
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  const [page] = await hub.ports.billing.subscriptionsOf(
    [{ of: known?.externalIdBySystem.BILLING as never, first: 20, after: null }],
    correlated,
  );
  const found = page?.entries.find(({ status }) => status === 'ACTIVE');
  assert.ok(found, `${customer.hubId} has an active subscription`);
  return found;
}

/** Accepts one more seat and another billing entity, and has a worker die at that point of it. */
async function amendAndKill(customer: WorldCustomer, point: string, step: string): Promise<string> {
  const subscription = await running(customer);
  const [item] = subscription.items;
  const input = {
    idempotencyKey: `${step} ${point}`,
    subscriptionId: subscription.id,
    billingEntityId: otherEntity(hub.world, customer),
    items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }],
  };
  const { amendSubscription } = await hub.ask<{ amendSubscription: ActAnswer }>(AMEND, { input });
  assert.equal(amendSubscription.__typename, 'AmendmentAccepted', JSON.stringify(amendSubscription));
  const { id } = amendSubscription.process;
  await killing(hub).killAt(id, point, step);
  return id;
}

test('killed at any step up to the ERP’s order, an amendment with another billing entity ends up once in every system', {
  timeout: 240_000,
}, async () => {
  const ids: string[] = [];
  const customers: WorldCustomer[] = [];
  for (const step of STEPS) {
    for (const point of POINTS) {
      const customer = hub.freshCustomer('EUR');
      customers.push(customer);
      ids.push(await amendAndKill(customer, point, step));
    }
  }
  for (const [at, run] of (await killing(hub).finish(ids)).entries()) {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    const { netsuite, salesforce } = hub.effectsOf(run.id);
    assert.deepEqual(netsuite, ['subsidiary-relationship.added', 'amendment-order.opened'], run.id);
    assert.equal(new Set(salesforce).size, salesforce.length, `${run.id} is told to the CRM once: ${salesforce}`);
    const customer = customers[at];
    assert.ok(customer);
    assert.equal((await running(customer)).legalEntityId, otherEntity(hub.world, customer));
  }
});

test('killed while it is undone, an amendment whose order the ERP refuses leaves nothing in the ERP and in billing', {
  timeout: 180_000,
}, async () => {
  hub.sandbox.addFault({ vendor: 'netsuite', kind: 'status', match: '^PUT .*salesOrder', status: 400 });
  const ids: string[] = [];
  const customers: WorldCustomer[] = [];
  for (const step of ['undo amend-billing', 'undo keep-in-legal-entity']) {
    for (const point of POINTS) {
      const customer = hub.freshCustomer('EUR');
      customers.push(customer);
      ids.push(await amendAndKill(customer, point, step));
    }
  }
  for (const [at, run] of (await killing(hub).finish(ids)).entries()) {
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    assert.deepEqual(
      hub.effectsOf(run.id).netsuite,
      ['subsidiary-relationship.added', 'subsidiary-relationship.removed'],
      run.id,
    );
    const customer = customers[at];
    assert.ok(customer);
    assert.equal((await running(customer)).legalEntityId, customer.legalEntityId);
  }
});
