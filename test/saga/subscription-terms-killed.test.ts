import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Subscription } from '../../subgraphs/billing/model.ts';
import { type ActAnswer, CANCEL, CHANGE_ENTITY, RENEW, type Run } from '../subgraphs/process/support/operations.ts';
import { correlated, type Hub, otherEntity, startHubOfProcesses } from '../subgraphs/process/support/systems.ts';
import { killing, POINTS } from './support/killing.ts';

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

const call = { ...correlated, fresh: true };

/** A running subscription that no test has touched. */
async function fresh(): Promise<Subscription> {
  const { hubId } = hub.freshCustomer();
  const [known] = await hub.ports.identity.customers([hubId as never], call);
  const of = known?.externalIdBySystem.BILLING as never;
  const [page] = await hub.ports.billing.subscriptionsOf([{ of, first: 20, after: null }], call);
  const found = page?.entries.find(({ status }) => status === 'ACTIVE');
  assert.ok(found, `${hubId} has an active subscription`);
  return found;
}

const now = async ({ id }: Subscription): Promise<Subscription> => {
  const [found] = await hub.ports.billing.subscriptions([id], call);
  assert.ok(found);
  return found;
};

interface Killed {
  readonly before: Subscription;
  readonly id: string;
}

/** Has a worker die at each point of each step of an act of its own. */
async function killAll(
  mutation: string,
  input: object,
  steps: readonly string[],
  take: () => Promise<Subscription> = fresh,
): Promise<Killed[]> {
  const killed: Killed[] = [];
  for (const step of steps) {
    for (const point of POINTS) {
      const before = await take();
      const data = await hub.ask<Record<string, ActAnswer>>(mutation, {
        input: { idempotencyKey: `${before.id} ${step} ${point}`, subscriptionId: before.id, ...input },
      });
      const [answer] = Object.values(data);
      assert.ok(answer?.process, JSON.stringify(answer));
      await killing(hub).killAt(answer.process.id, point, step);
      killed.push({ before, id: answer.process.id });
    }
  }
  return killed;
}

async function finish(killed: readonly Killed[], each: (run: Run, before: Subscription) => Promise<void>) {
  const runs = await killing(hub).finish(killed.map(({ id }) => id));
  for (const [at, run] of runs.entries()) await each(run, (killed[at] as Killed).before); // one for each, in their order
}

const count = (run: Run, effect: string) => hub.effectsOf(run.id).stripe.filter((one) => one === effect).length;
const refuse = (vendor: 'netsuite' | 'zendesk', match: string, status: number) =>
  hub.sandbox.addFault({
    vendor,
    kind: 'status',
    match,
    status,
    ...(vendor === 'zendesk'
      ? {
          body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
          contentType: 'application/json',
        }
      : {}),
  });

test('C38 killed at any step, a renewal ends up once in every system', { timeout: 240_000 }, async () => {
  const steps = ['schedule-renewal', 'open-renewal-order', 'extend-entitlement'];
  await finish(await killAll(RENEW, { termMonths: 12 }, steps), async (run, before) => {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    assert.deepEqual(hub.effectsOf(run.id).netsuite, ['amendment-order.opened'], run.id);
    assert.equal(count(run, 'term.scheduled'), 1, run.id);
    const { agreedTerm, items } = await now(before);
    assert.equal(agreedTerm?.startsOn, before.currentTermEndsOn);
    assert.deepEqual(items, before.items);
  });
});

test('C38 killed while it is undone, a renewal that the ERP or support refuses leaves the running term alone', {
  timeout: 240_000,
}, async () => {
  refuse('zendesk', '^(POST|PUT|PATCH) .*records', 422);
  await finish(
    await killAll(RENEW, { termMonths: 12 }, ['undo open-renewal-order', 'undo schedule-renewal']),
    async (run, before) => {
      assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
      assert.deepEqual(hub.effectsOf(run.id).netsuite, ['amendment-order.opened', 'sales-order.cancelled'], run.id);
      assert.deepEqual(await now(before), before);
    },
  );
  hub.sandbox.removeFaults();
});

test('C38 killed at any step, a cancellation ends the subscription once, at the end of its term or at once', {
  timeout: 240_000,
}, async () => {
  const ending = { when: 'TERM_END', reason: 'moves away' };
  const steps = ['cancel-at-term-end', 'end-entitlement'];
  await finish(await killAll(CANCEL, ending, steps), async (run, before) => {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    const { status, renewsOn } = await now(before);
    assert.deepEqual([status, renewsOn], ['ACTIVE', null]);
  });
  const atOnce = { when: 'NOW', reason: 'moves away', refundUnused: true };
  await finish(await killAll(CANCEL, atOnce, ['end-entitlement', 'cancel-now']), async (run, before) => {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    assert.equal((await now(before)).status, 'CANCELLED');
    const ended = hub.sandbox
      .ledger('stripe')
      .filter(({ id, effect }) => id === before.id && effect.endsWith('cancelled'));
    assert.equal(ended.length, 1, run.id);
  });
});

test('C38 killed while it is undone, a cancellation that support refuses has the subscription run on', {
  timeout: 180_000,
}, async () => {
  refuse('zendesk', '^(POST|PUT|PATCH) .*records', 422);
  const ending = { when: 'TERM_END', reason: 'moves away' };
  await finish(await killAll(CANCEL, ending, ['undo cancel-at-term-end']), async (run, before) => {
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    assert.deepEqual(await now(before), before);
  });
  hub.sandbox.removeFaults();
});

test('C38 killed while subscriptions move to another company, or move back, they all end up in one place', {
  timeout: 240_000,
}, async () => {
  const customer = hub.freshCustomer('EUR');
  const entity = otherEntity(hub.world, customer);
  const inEuro = async (): Promise<Subscription> => {
    for (;;) {
      const found = await fresh();
      if (found.currency === 'EUR' && found.legalEntityId !== entity) return found;
    }
  };
  const input = { billingEntityId: entity };
  const moved = await killAll(CHANGE_ENTITY, input, ['move-subscriptions', 'open-moving-orders'], inEuro);
  await finish(moved, async (run, before) => {
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    assert.equal((await now(before)).legalEntityId, entity);
    const orders = hub.effectsOf(run.id).netsuite.filter((effect) => effect === 'amendment-order.opened');
    assert.equal(orders.length, 1, run.id);
  });
  refuse('netsuite', '^PUT .*salesOrder', 400);
  await finish(await killAll(CHANGE_ENTITY, input, ['undo move-subscriptions'], inEuro), async (run, before) => {
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    assert.equal((await now(before)).legalEntityId, before.legalEntityId);
  });
  hub.sandbox.removeFaults();
});
