import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import { type ActAnswer, PROCESS, type Run, SUBMIT } from '../subgraphs/process/support/operations.ts';
import { type Hub, sellable, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { startWorkerProcess } from './support/child.ts';

const STEPS = ['open-sales-order', 'open-subscription', 'grant-entitlement', 'note-contract'] as const;
/** Before and after the effect; the engine's own test (killed-between-steps) stops at every point. */
const POINTS = ['after-intent', 'after-answer'] as const;

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

const startWorker = (killAt?: { runId: string; point: string; step: string }) =>
  startWorkerProcess(hub.databaseUrl, 'mortal', killAt, {
    file: new URL('./support/order-worker.ts', import.meta.url),
    env: hub.sandbox.environment,
  });

/** Accepts an order, and has a worker die at that point of it. */
async function orderAndKill(customer: WorldCustomer, point: string, step: string): Promise<string> {
  const input = {
    idempotencyKey: `${step} ${point}`,
    customerId: customer.hubId,
    currency: customer.currency,
    lines: [
      { sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 1 },
      { sku: sellable(hub.world, 'SUBSCRIPTION', customer.currency), quantity: 2 },
    ],
  };
  const { submitOrder } = await hub.ask<{ submitOrder: ActAnswer }>(SUBMIT, { input });
  assert.equal(submitOrder.__typename, 'OrderAccepted', JSON.stringify(submitOrder));
  const { id: runId } = submitOrder.process;
  assert.equal(await startWorker({ runId, point, step }).ended, 'SIGKILL', `${runId} reached ${point} of ${step}`);
  return runId;
}

async function finish(ids: readonly string[]): Promise<Run[]> {
  const worker = startWorker();
  try {
    const runs: Run[] = [];
    for (const end = Date.now() + 60_000; runs.length < ids.length; ) {
      assert.ok(Date.now() < end, `only ${runs.length} of ${ids.length} ended`);
      const { process } = await hub.ask<{ process: Run }>(PROCESS, { id: ids[runs.length] });
      if (['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(process.state)) runs.push(process);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return runs;
  } finally {
    worker.process.kill('SIGTERM');
    await worker.ended;
  }
}

test('killed at any point of any step, an order ends up once in every system', { timeout: 180_000 }, async () => {
  const ids: string[] = [];
  for (const step of STEPS) for (const point of POINTS) ids.push(await orderAndKill(hub.freshCustomer(), point, step));
  for (const run of await finish(ids)) {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    const effects = hub.effectsOf(run.id);
    assert.deepEqual(
      [effects.netsuite, effects.stripe, effects.zendesk],
      [['sales-order.opened'], ['subscription.opened', 'invoice.created'], ['entitlement.granted']],
      run.id,
    );
    const notes = hub.sandbox
      .ledger('salesforce')
      .filter((entry) => `${entry.businessKey} ${entry.idempotencyKey}`.includes(run.id))
      .map(({ effect }) => effect);
    assert.equal(new Set(notes).size, notes.length, `${run.id} is told to the CRM once: ${notes}`);
  }
});

test('killed while it is being undone, an order is undone in every system', { timeout: 120_000 }, async () => {
  hub.sandbox.addFault({
    vendor: 'zendesk',
    kind: 'status',
    match: '^(POST|PUT|PATCH) .*records',
    status: 422,
    body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
    contentType: 'application/json',
  });
  const ids: string[] = [];
  for (const step of ['undo open-subscription', 'undo open-sales-order']) {
    for (const point of POINTS) ids.push(await orderAndKill(hub.freshCustomer(), point, step));
  }
  for (const run of await finish(ids)) {
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    const effects = hub.effectsOf(run.id);
    assert.deepEqual(effects.netsuite, ['sales-order.opened', 'sales-order.cancelled'], run.id);
    assert.deepEqual(
      effects.stripe,
      ['subscription.opened', 'invoice.created', 'subscription.cancelled', 'invoice.deleted'],
      run.id,
    );
    assert.deepEqual(effects.zendesk, [], run.id);
  }
});
