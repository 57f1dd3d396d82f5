import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import { type ActAnswer, SUBMIT } from '../subgraphs/process/support/operations.ts';
import { type Hub, otherEntity, sellable, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { killing, POINTS } from './support/killing.ts';

const STEPS = [
  'keep-in-legal-entity',
  'open-sales-order',
  'open-subscription',
  'grant-entitlement',
  'note-contract',
] as const;

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

/** Accepts an order from a company that has not sold to the customer so far, and has a worker die at that point of it. */
async function orderAndKill(customer: WorldCustomer, point: string, step: string): Promise<string> {
  const input = {
    idempotencyKey: `${step} ${point}`,
    customerId: customer.hubId,
    currency: customer.currency,
    legalEntityId: otherEntity(hub.world, customer),
    lines: [
      { sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 1 },
      { sku: sellable(hub.world, 'SUBSCRIPTION', customer.currency), quantity: 2 },
    ],
  };
  const { submitOrder } = await hub.ask<{ submitOrder: ActAnswer }>(SUBMIT, { input });
  assert.equal(submitOrder.__typename, 'OrderAccepted', JSON.stringify(submitOrder));
  const { id: runId } = submitOrder.process;
  await killing(hub).killAt(runId, point, step);
  return runId;
}

test('killed at any point of any step, an order ends up once in every system', { timeout: 240_000 }, async () => {
  const ids: string[] = [];
  for (const step of STEPS)
    for (const point of POINTS) ids.push(await orderAndKill(hub.freshCustomer('EUR'), point, step));
  for (const run of await killing(hub).finish(ids)) {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    const effects = hub.effectsOf(run.id);
    assert.deepEqual(
      [effects.netsuite, effects.stripe, effects.zendesk],
      [
        ['subsidiary-relationship.added', 'sales-order.opened'],
        ['subscription.opened', 'invoice.created'],
        ['entitlement.granted'],
      ],
      run.id,
    );
    const notes = hub.sandbox
      .ledger('salesforce')
      .filter((entry) => `${entry.businessKey} ${entry.idempotencyKey}`.includes(run.id))
      .map(({ effect }) => effect);
    assert.equal(new Set(notes).size, notes.length, `${run.id} is told to the CRM once: ${notes}`);
  }
});

test('killed while it is being undone, an order is undone in every system', { timeout: 180_000 }, async () => {
  hub.sandbox.addFault({
    vendor: 'zendesk',
    kind: 'status',
    match: '^(POST|PUT|PATCH) .*records',
    status: 422,
    body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
    contentType: 'application/json',
  });
  const ids: string[] = [];
  for (const step of ['undo open-subscription', 'undo open-sales-order', 'undo keep-in-legal-entity']) {
    for (const point of POINTS) ids.push(await orderAndKill(hub.freshCustomer('EUR'), point, step));
  }
  for (const run of await killing(hub).finish(ids)) {
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    const effects = hub.effectsOf(run.id);
    // books hold the order, so the customer stays in them
    assert.deepEqual(
      effects.netsuite,
      ['subsidiary-relationship.added', 'sales-order.opened', 'sales-order.cancelled'],
      run.id,
    );
    assert.equal(run.steps.find(({ name }) => name === 'keep-in-legal-entity')?.state, 'DONE', run.id);
    assert.deepEqual(
      effects.stripe,
      ['subscription.opened', 'invoice.created', 'subscription.cancelled', 'invoice.deleted'],
      run.id,
    );
    assert.deepEqual(effects.zendesk, [], run.id);
  }
});
