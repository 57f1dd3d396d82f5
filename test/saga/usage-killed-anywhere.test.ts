import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stripe } from '../../sandbox/data/keys.ts';
import { meteredOf } from '../../sandbox/data/metered.ts';
import { RECORD_USAGE, type UsageAnswer } from '../subgraphs/process/support/operations.ts';
import { type Hub, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { killing, POINTS } from './support/killing.ts';

const STEPS = ['post-usage-1', 'note-thresholds'] as const;

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

/** A subscription of the sandbox's company that is charged by use. */
function meteredSubscription(): string {
  const customer = [...hub.world.customers()].find(
    ({ index, known, subscriptions }) =>
      meteredOf(index, 0).length > 0 && Object.values(known).every(Boolean) && subscriptions[0]?.status === 'ACTIVE',
  );
  assert.ok(customer);
  return stripe.subscription(customer.index, 0);
}

/** Accepts a batch of three events, and has a worker die at that point of it. */
async function recordAndKill(point: string, step: string, whenAccepted = () => {}): Promise<string> {
  const subscriptionId = meteredSubscription();
  const events = [1, 2, 3].map((nth) => ({
    id: `${step} ${point} ${nth}`.replaceAll(' ', '-'),
    subscriptionId,
    sku: 'USE-API-CALLS',
    quantity: String(nth),
    occurredAt: new Date().toISOString(),
  }));
  const input = { idempotencyKey: `${step} ${point}`, events };
  const { recordUsage } = await hub.ask<{ recordUsage: UsageAnswer }>(RECORD_USAGE, { input });
  assert.equal(recordUsage.accepted, 3, JSON.stringify(recordUsage));
  const runId = recordUsage.process?.id ?? '';
  whenAccepted();
  await killing(hub).killAt(runId, point, step);
  return runId;
}

test('C38 killed at any point of any step, usage is counted once', { timeout: 180_000 }, async () => {
  const ids: string[] = [];
  for (const step of STEPS) for (const point of POINTS) ids.push(await recordAndKill(point, step));
  for (const run of await killing(hub).finish(ids)) {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    assert.deepEqual(hub.effectsOf(run.id).stripe, ['usage.recorded', 'usage.recorded', 'usage.recorded'], run.id);
  }
});

/** What was posted cannot be read again: the last step is refused, and the batch is undone. */
const refuseSummaries = () => {
  hub.sandbox.addFault({
    vendor: 'stripe',
    kind: 'status',
    match: '^GET /v1/billing/meters/.*/event_summaries',
    status: 400,
    body: JSON.stringify({ error: { type: 'invalid_request_error', message: 'Not now.' } }),
    contentType: 'application/json',
  });
};

test('C38 killed while it is being undone, usage is taken back', { timeout: 180_000 }, async () => {
  const ids: string[] = [];
  for (const point of POINTS) {
    hub.sandbox.removeFaults();
    ids.push(await recordAndKill(point, 'undo post-usage-1', refuseSummaries));
  }
  for (const run of await killing(hub).finish(ids)) {
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    const effects = hub.effectsOf(run.id).stripe;
    assert.deepEqual(effects, [...Array(3).fill('usage.recorded'), ...Array(3).fill('usage.cancelled')], run.id);
  }
});
