import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { receiver } from '../events/deliver/receiver.ts';
import { listenTo } from '../support/event-stream.ts';
import { freePort } from '../support/free-port.ts';
import { askHub, eventually, type KeyName, type StartedHub } from '../support/hub.ts';
import { startHubOnTestDatabase } from '../support/hub-on-test-database.ts';
import { freshCustomer } from './behaviours/world.ts';

const CREATE_KEY = 'mutation ($input: CreateKeyInput!) { createKey(input: $input) { secret } }';
const SUBSCRIBE =
  'mutation ($input: CreateEventSubscriptionInput!) { createEventSubscription(input: $input) { secret } }';
const FOLLOW = 'subscription ($id: ID!) { customerChanged(id: $id) { billingCustomerId billingEmail } }';
const POLLED = 'query ($id: ID!) { customer(id: $id) { crmAccountId erpCustomerId legalName segment } }';
const BILLING = 'query ($id: ID!) { customer(id: $id) { billingCustomerId billingEmail } }';

describe('what changes at a vendor behind the back of the hub', () => {
  let hub: StartedHub;
  let keys: Record<KeyName, string>;
  before(async () => {
    hub = await startHubOnTestDatabase({
      port: await freePort(),
      env: {
        ...{ EVENTS_ALLOW_NETWORKS: '127.0.0.0/8', HUB_LIVE_GAP_MS: '10' },
        ...{ HUB_POLL: 'on', HUB_POLL_SALESFORCE_SECONDS: '1', HUB_POLL_NETSUITE_SECONDS: '1' },
      },
    });
    keys = JSON.parse(readFileSync(join(hub.dataDir, 'demo-keys.json'), 'utf8'));
    const told = await fetch(`${hub.sandbox.url.control}/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ vendor: 'stripe', url: `${hub.url}/webhooks/stripe` }),
    });
    assert.equal(told.status, 201);
  });
  after(() => hub.close());

  const stripe = (): Stripe => {
    const { STRIPE_API_KEY = '', STRIPE_BASE_URL = '' } = hub.sandbox.environment;
    const { hostname, port, protocol } = new URL(STRIPE_BASE_URL);
    return new Stripe(STRIPE_API_KEY, {
      host: hostname,
      port: Number(port),
      protocol: protocol === 'https:' ? 'https' : 'http',
    });
  };

  test('is seen in the graph when its webhook has come, long before the cache would have let go of it', async () => {
    const { hubId } = freshCustomer();
    type Seen = { customer: { billingCustomerId: string; billingEmail: string } };
    const read = async () => (await hub.ask<Seen>(BILLING, { id: hubId })).data.customer;
    const { billingCustomerId } = await read();
    await stripe().customers.update(billingCustomerId, { email: 'moved@elsewhere.example' });
    await eventually('the new address is seen', async () => (await read()).billingEmail === 'moved@elsewhere.example');
  });

  test('is told to a partner by a signed event, and to who follows the customer by its next answer', async () => {
    const { hubId } = freshCustomer();
    const terms = { name: 'Partner', scopes: ['customer:read', 'events:subscribe'], rows: { customers: [hubId] } };
    const { data } = await hub.ask<{ createKey: { secret: string } }>(CREATE_KEY, {
      input: { idempotencyKey: 'partner', ...terms },
    });
    const at = await receiver();
    const { data: made } = await askHub<{ createEventSubscription: { secret: string } }>(
      hub.url,
      data.createKey.secret,
      SUBSCRIBE,
      { input: { idempotencyKey: 'events', name: 'Partner', url: at.url } },
    );
    const following = listenTo<{ customerChanged: { billingCustomerId: string; billingEmail: string } }>(
      hub.url,
      keys.operator,
      FOLLOW,
      { id: hubId },
    );
    try {
      const { billingCustomerId = '' } = (await following.next())?.data?.customerChanged ?? {};
      const stranger = freshCustomer();
      const { data: other } = await hub.ask<{ customer: { billingCustomerId: string } }>(BILLING, {
        id: stranger.hubId,
      });
      await stripe().customers.update(other.customer.billingCustomerId, { email: 'stranger@elsewhere.example' });
      await stripe().customers.update(billingCustomerId, { email: 'followed@elsewhere.example' });
      await eventually('the event has come', async () => at.taken.length > 0);
      const [{ body, headers, event } = assert.fail('none came')] = at.taken;
      new Webhook(made.createEventSubscription.secret).verify(body, headers as Record<string, string>);
      assert.deepEqual(
        [event.type, event.subject, event.data.customerId],
        ['concord.CustomerChanged.v1', `customer/${hubId}`, hubId],
      );
      assert.ok(!body.includes('elsewhere.example'));
      let told = await following.next();
      while (told?.data?.customerChanged.billingEmail !== 'followed@elsewhere.example') told = await following.next();
      assert.deepEqual(new Set(at.taken.map((one) => one.event.subject)), new Set([`customer/${hubId}`]));
    } finally {
      following.close();
      await at.close();
    }
  });

  test('is followed as it is read: an order by who sees it, and for everybody else there is none', async () => {
    const { data } = await hub.ask<{ customer: { salesOrders: { nodes: { id: string }[] } } }>(
      'query ($id: ID!) { customer(id: $id) { salesOrders(first: 1) { nodes { id } } } }',
      { id: 'C-10001' },
    );
    const id = data.customer.salesOrders.nodes[0]?.id;
    const status = 'subscription ($id: ID!) { orderStatus(id: $id) { id status } }';
    const following = listenTo<{ orderStatus: { id: string } }>(hub.url, keys.operator, status, { id });
    assert.equal((await following.next())?.data?.orderStatus.id, id);
    following.close();
    const { data: made } = await hub.ask<{ createKey: { secret: string } }>(CREATE_KEY, {
      input: {
        ...{ idempotencyKey: 'stranger', name: 'Stranger', scopes: ['order:read'] },
        rows: { customers: [freshCustomer().hubId] },
      },
    });
    const foreign = listenTo<{ orderStatus: null }>(hub.url, made.createKey.secret, status, { id });
    assert.equal((await foreign.next())?.data?.orderStatus, null);
    assert.equal(await foreign.next(), null);
    foreign.close();
  });

  test('is seen when it was polled, at vendors that send no webhooks', async () => {
    const { hubId } = freshCustomer();
    type Seen = { customer: { crmAccountId: string; erpCustomerId: string; legalName: string; segment: string } };
    const read = async () => (await hub.ask<Seen>(POLLED, { id: hubId })).data.customer;
    const { crmAccountId, erpCustomerId, segment } = await read();
    const other = segment === 'ENTERPRISE' ? 'MID_MARKET' : 'ENTERPRISE';
    const edits = [
      ['salesforce', `/services/data/v66.0/sobjects/Account/${crmAccountId}`, { Segment__c: other }],
      ['netsuite', `/services/rest/record/v1/customer/${erpCustomerId}`, { companyName: 'Renamed in finance' }],
    ] as const;
    for (const [vendor, path, body] of edits) {
      const { status } = await hub.sandbox.asPerson({ vendor, method: 'PATCH', path, body });
      assert.equal(status, 204);
    }
    await eventually('the other segment is seen', async () => (await read()).segment === other);
    await eventually('the new name is seen', async () => (await read()).legalName === 'Renamed in finance');
  });

  test('is counted by source, for operators', async () => {
    const figures = await eventually('the sources are shown', async () => {
      const answer = await fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${keys.operator}` } });
      const text = await answer.text();
      return text.includes('hub_changes_gap{source="salesforce"') && text;
    });
    assert.match(figures, /hub_changes_gap\{source="stripe",system="BILLING"\} 0/);
    assert.match(figures, /hub_changes_poll_failures\{source="netsuite",system="ERP"\} 0/);
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
