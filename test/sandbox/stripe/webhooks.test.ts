import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import { readStripeWebhookSecrets } from '../../../subgraphs/billing/connectors/stripe/config.ts';
import { type StripeEvent, verifyStripeWebhook } from '../../../subgraphs/billing/connectors/stripe/webhook.ts';
import { writing } from '../../contract/billing.ts';
import { idOf, stripeUnderTest } from '../../subgraphs/billing/stripe-world.ts';

test('what the hub changes at Stripe comes back as signed events that name the hub’s key', async () => {
  const { sandbox, port, known } = await stripeUnderTest({ customers: 60 });
  const secrets = readStripeWebhookSecrets(sandbox.environment);
  const events: StripeEvent[] = [];
  const arrived = Promise.withResolvers<void>();
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signature = request.headers['stripe-signature'];
      events.push(verifyStripeWebhook(Buffer.concat(chunks), String(signature), secrets, systemClock));
      response.end();
      if (events.length === 4) arrived.resolve();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  try {
    const { port: listening } = receiver.address() as AddressInfo; // it listens on TCP
    const subscribed = await fetch(`${sandbox.url.control}/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ vendor: 'stripe', url: `http://127.0.0.1:${listening}/stripe` }),
    });
    assert.ok(subscribed.ok, await subscribed.text());
    const [first] = known;
    assert.ok(first);
    const customerId = id<'BillingCustomer'>(idOf(first));
    const opening = writing();
    const opened = await port.openSubscription(
      {
        customerId,
        currency: first.currency,
        items: [{ sku: 'SUB-API', quantity: 1 }],
        contractId: null,
        legalEntityId: null,
        paymentTerms: null,
        salesOrderNumber: null,
      },
      opening,
    );
    const changing = writing();
    await port.updateCustomer({ customerId, email: 'new@example.com' }, changing);
    const amendment = {
      subscriptionId: opened.id,
      customerId,
      effectiveOn: new Date().toISOString().slice(0, 10),
      legalEntityId: null,
      paymentTerms: null,
    };
    const amending = writing();
    await port.amend({ ...amendment, items: [{ sku: 'SUB-API', quantity: 2 }] }, amending);
    await arrived.promise;
    const seen = events.map(
      ({ type, object, customerId: of, causedByKey }) => `${type} ${object.kind} ${of} ${causedByKey}`,
    );
    assert.deepEqual(
      seen.sort(),
      [
        `customer.subscription.created subscription ${customerId} ${opening.key}`,
        `invoice.created invoice ${customerId} ${opening.key}`,
        `customer.updated customer ${customerId} ${changing.key}`,
        `customer.subscription.updated subscription ${customerId} ${amending.key}`,
      ].sort(),
    );
    assert.equal(new Set(events.map((event) => event.id)).size, 4);
  } finally {
    await new Promise((resolve) => {
      receiver.close(resolve);
      receiver.closeAllConnections();
    });
    await sandbox.close();
  }
});
