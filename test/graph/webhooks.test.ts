import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Stripe from 'stripe';
import { eventually, type StartedHub, startHub } from '../support/hub.ts';
import { freePort } from '../support/free-port.ts';
import { freshCustomer } from './behaviours/world.ts';

const BILLING = 'query ($id: ID!) { customer(id: $id) { billingCustomerId billingEmail } }';

describe('what changes at a vendor behind the back of the hub', () => {
  let hub: StartedHub;
  before(async () => {
    hub = await startHub({ port: await freePort() });
    const told = await fetch(`${hub.sandbox.url.control}/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ vendor: 'stripe', url: `${hub.url}/webhooks/stripe` }),
    });
    assert.equal(told.status, 201);
  });
  after(() => hub.close());

  test('is seen in the graph when its webhook has come, long before the cache would have let go of it', async () => {
    const { hubId } = freshCustomer();
    type Seen = { customer: { billingCustomerId: string; billingEmail: string } };
    const read = async () => (await hub.ask<Seen>(BILLING, { id: hubId })).data.customer;
    const { billingCustomerId } = await read();
    const { STRIPE_API_KEY = '', STRIPE_BASE_URL = '' } = hub.sandbox.environment;
    const { hostname, port, protocol } = new URL(STRIPE_BASE_URL);
    const stripe = new Stripe(STRIPE_API_KEY, {
      host: hostname,
      port: Number(port),
      protocol: protocol === 'https:' ? 'https' : 'http',
    });
    await stripe.customers.update(billingCustomerId, { email: 'moved@elsewhere.example' });
    await eventually('the new address is seen', async () => (await read()).billingEmail === 'moved@elsewhere.example');
  });

  test('is not believed without the signature of the vendor', async () => {
    const send = (path: string, headers: Record<string, string>) =>
      fetch(`${hub.url}/webhooks/${path}`, { method: 'POST', headers, body: '{"id":"evt_1"}' });
    assert.equal((await send('stripe', {})).status, 401);
    assert.equal((await send('stripe', { 'stripe-signature': 't=1,v1=00' })).status, 401);
    assert.equal((await send('elsewhere', {})).status, 404);
    const large = await fetch(`${hub.url}/webhooks/stripe`, { method: 'POST', body: 'x'.repeat(256 * 1024 + 1) });
    assert.equal(large.status, 413);
  });
});
