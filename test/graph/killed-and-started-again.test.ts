import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { eventually, type StartedHub } from '../support/hub.ts';
import { startHubOnTestDatabase } from '../support/hub-on-test-database.ts';
import { type ActResult, PROCESS_BY_ID, type Run, SUBMIT_ORDER } from './behaviours/queries.ts';
import { orderLines, world } from './behaviours/world.ts';

/** What tells a client to come again: the hub, or a system behind it, was too busy to answer. */
const AGAIN: ReadonlySet<string> = new Set([
  'UNAVAILABLE',
  'GATEWAY_TIMEOUT',
  'SOURCE_TIMEOUT',
  'SOURCE_UNAVAILABLE',
  'SOURCE_THROTTLED',
]);
const ORDERS = 50;
const KILLS = 3;

describe('a hub that is killed in the middle of its work', () => {
  let hub: StartedHub;
  before(async () => {
    // slow enough that the kills below find orders at every step
    hub = await startHubOnTestDatabase({ port: await freePort(), sandbox: { latency: { minMs: 20, maxMs: 60 } } });
  });
  after(() => hub?.close());

  test(`${ORDERS} orders, killed three times: every one that was accepted is completed, and its effects are there once`, async () => {
    const buyers = [...world.customers()]
      .filter(
        ({ traits, known, creditHold }) =>
          traits.length === 0 && !creditHold && known.erp && known.billing && known.crm && known.support,
      )
      .slice(0, ORDERS);
    const acknowledged = new Map<string, string>();

    /** Asks until the hub acknowledges, as a client does that retries with its key; a refused connection is no answer. */
    const submit = (index: number) =>
      eventually(
        `order ${index} is acknowledged`,
        async () => {
          const customer = buyers[index % buyers.length];
          assert.ok(customer);
          const input = {
            idempotencyKey: `killed-${index}`,
            customerId: customer.hubId,
            currency: customer.currency,
            lines: orderLines(customer, 1),
          };
          const answer = await hub.ask<{ submitOrder: ActResult }>(SUBMIT_ORDER, { input }, 'portal').catch(() => null);
          if (answer === null || answer.data === null) return false;
          if (answer.errors.some(({ extensions }) => AGAIN.has(String(extensions.code)))) return false;
          assert.equal(answer.data.submitOrder.__typename, 'OrderAccepted', JSON.stringify(answer.data.submitOrder));
          acknowledged.set(`killed-${index}`, answer.data.submitOrder.process.id);
          return true;
        },
        120_000,
      );

    const submitting: Promise<boolean>[] = [];
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const writesAtLeast = hub.sandbox.ledger('netsuite').length + 8;
      // New ones for each kill: what a hub has left, it may have done by the time it is ready again.
      while (submitting.length < (ORDERS * kill) / KILLS) submitting.push(submit(submitting.length));
      await eventually(
        'some orders are under way',
        async () => hub.sandbox.ledger('netsuite').length >= writesAtLeast,
        60_000,
      );
      await hub.kill();
      await hub.start();
    }
    await Promise.all(submitting);
    assert.equal(acknowledged.size, ORDERS);
    assert.equal(new Set(acknowledged.values()).size, ORDERS);

    for (const [key, id] of acknowledged) {
      const run = await eventually(
        `${key} ends`,
        async () => {
          const { data } = await hub.ask<{ process: Run | null }>(PROCESS_BY_ID, { id });
          assert.ok(data.process, `${key} was acknowledged as ${id} and is unknown`);
          return ['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(data.process.state) && data.process;
        },
        120_000,
      );
      assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
      const effects = (vendor: 'netsuite' | 'stripe' | 'zendesk', effect: string) =>
        hub.sandbox
          .ledger(vendor)
          .filter((entry) => entry.effect === effect && `${entry.businessKey} ${entry.idempotencyKey}`.includes(id))
          .length;
      assert.deepEqual(
        [
          effects('netsuite', 'sales-order.opened'),
          effects('stripe', 'subscription.opened'),
          effects('zendesk', 'entitlement.granted'),
        ],
        [1, 1, 1],
        `${key} ${id}`,
      );
    }
    const opened = hub.sandbox.ledger('netsuite').filter(({ effect }) => effect === 'sales-order.opened');
    assert.equal(opened.length, ORDERS, 'nothing was opened that nobody acknowledged');
  });
});
