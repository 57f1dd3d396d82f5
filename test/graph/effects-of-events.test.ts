import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Stripe from 'stripe';
import type { VendorName } from '../../sandbox/core/vendor.ts';
import * as keys from '../../sandbox/data/keys.ts';
import { METERED, meteredOf } from '../../sandbox/data/metered.ts';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import { ticketId } from '../../sandbox/zendesk/ids.ts';
import { freePort } from '../support/free-port.ts';
import { eventually, type StartedHub } from '../support/hub.ts';
import { startHubOnTestDatabase } from '../support/hub-on-test-database.ts';
import { freshCustomer, world } from './behaviours/world.ts';

/** Customers whose cards are declined, and who are known everywhere. */
const failing = [...world.customers()].filter(
  ({ traits, known }) => traits.includes('failed-payment') && known.crm && known.billing,
);

const ACCOUNT = `query ($id: ID!) {
  customer(id: $id) { legalName accountHealth accountHealthReason billingCustomerId supportOrgId
    subscriptions(first: 5) { nodes { id status items { id sku quantity } } } }
}`;
interface Account {
  readonly customer: {
    readonly legalName: string;
    readonly accountHealth: string | null;
    readonly accountHealthReason: string | null;
    readonly billingCustomerId: string;
    readonly supportOrgId: string;
    readonly subscriptions: {
      readonly nodes: readonly { id: string; status: string; items: readonly { sku: string; quantity: number }[] }[];
    };
  };
}

const PROCESSES = `query ($kind: String!) {
  processes(kind: $kind, first: 50) { nodes { id state customer { id } steps { name state attempts } } }
}`;
interface Processes {
  readonly processes: {
    readonly nodes: readonly {
      id: string;
      state: string;
      customer: { id: string } | null;
      steps: { name: string }[];
    }[];
  };
}

const RECORD_USAGE = `mutation ($input: RecordUsageInput!) {
  recordUsage(input: $input) { ... on UsageRecorded { process { state } events { state reason } } ... on UsageRefused { reasons { code } } }
}`;
const USED = `query ($id: ID!) { customer(id: $id) { subscriptions(first: 5) { nodes { id
  usage { sku used included overage overagePrice overageCharge { amount } thresholdReached } } } } }`;
interface Used {
  readonly customer: {
    readonly subscriptions: {
      readonly nodes: readonly {
        readonly id: string;
        readonly usage: readonly {
          readonly sku: string;
          readonly used: string;
          readonly included: string;
          readonly overage: string;
          readonly overagePrice: string;
          readonly overageCharge: { readonly amount: string };
          readonly thresholdReached: number | null;
        }[];
      }[];
    };
  };
}

const CONFLICT = 'id field system externalId owner held owned state seen resolution dismissedBy';
const CONFLICTS = `query ($id: ID!) { conflicts(customerId: $id) { nodes { ${CONFLICT} } } }`;
const DISMISS = `mutation ($input: DismissConflictInput!) { dismissConflict(input: $input) { ${CONFLICT} } }`;
interface Conflict {
  readonly id: string;
  readonly system: string;
  readonly held: string;
  readonly owned: string;
  readonly state: string;
  readonly resolution: string | null;
}

describe('what events of the vendors do', () => {
  let hub: StartedHub;
  let stripe: Stripe;
  before(async () => {
    const polls = { HUB_POLL: 'on', HUB_POLL_SALESFORCE_SECONDS: '1' };
    const others = ['NETSUITE', 'STRIPE', 'ZENDESK'].map((vendor) => [`HUB_POLL_${vendor}_SECONDS`, '0']);
    hub = await startHubOnTestDatabase({ port: await freePort(), env: { ...polls, ...Object.fromEntries(others) } });
    const { STRIPE_API_KEY = '', STRIPE_BASE_URL = '' } = hub.sandbox.environment;
    const { hostname, port } = new URL(STRIPE_BASE_URL);
    stripe = new Stripe(STRIPE_API_KEY, { host: hostname, port: Number(port), protocol: 'http' });
    for (const vendor of ['stripe', 'zendesk'] as const) await tell(vendor, `${hub.url}/webhooks/${vendor}`);
  });
  after(() => hub?.close());

  const control = async (path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(
      `${hub.sandbox.url.control}${path}`,
      body ? { method: 'POST', headers, body: JSON.stringify(body) } : {},
    );
    return (await answer.json()) as { webhooks: readonly { url: string; delivered: number }[] };
  };
  const tell = (vendor: VendorName, url: string) => control('/webhooks', { vendor, url });
  const account = async ({ hubId }: WorldCustomer) => (await hub.ask<Account>(ACCOUNT, { id: hubId })).data.customer;
  const runs = async (kind: string, { hubId }: WorldCustomer) =>
    (await hub.ask<Processes>(PROCESSES, { kind })).data.processes.nodes.filter((run) => run.customer?.id === hubId);
  const completed = (kind: string, customer: WorldCustomer) =>
    eventually(`${kind} of ${customer.hubId} is completed`, async () => {
      const [run] = await runs(kind, customer);
      return run?.state === 'COMPLETED' && run;
    });
  const effects = (vendor: VendorName, effect: string, about: (details: Record<string, unknown>) => boolean) =>
    hub.sandbox.ledger(vendor).filter((entry) => entry.effect === effect && about(entry.details));
  const accountOf = ({ index }: WorldCustomer) => keys.salesforce.account(index);
  const tasksOf = (customer: WorldCustomer) =>
    effects('salesforce', 'task.opened', (details) => details.account === accountOf(customer));

  test('a payment that fails, told five times, is the health of the account and one task for who looks after it', async () => {
    const [customer] = failing;
    assert.ok(customer);
    const again = [1, 2, 3, 4].map((nth) => `${hub.url}/webhooks/stripe?again=${nth}`);
    for (const url of again) await tell('stripe', url);
    const price = await priceIn(customer.currency);
    await stripe.subscriptions.create({ customer: keys.stripe.customer(customer.index), items: [{ price }] });
    await completed('follow-up', customer);
    await eventually('each webhook was sent five times', async () => {
      const { webhooks } = await control('/webhooks');
      const sent = webhooks.filter(({ url }) => url.includes('/stripe'));
      return sent.length === 5 && sent.every(({ delivered }) => delivered >= 4);
    });
    const { accountHealth, accountHealthReason } = await account(customer);
    assert.equal(accountHealth, 'AT_RISK');
    assert.match(accountHealthReason ?? '', /^The payment of invoice in_\w+ failed on \d{4}-\d\d-\d\d$/);
    assert.equal((await runs('follow-up', customer)).length, 1);
    assert.equal(tasksOf(customer).length, 1);
    const said = hub.sandbox
      .ledger('salesforce')
      .filter(({ id, effect }) => id === accountOf(customer) && effect === 'account.updated');
    assert.deepEqual(
      said.map(({ details }) => details.changed),
      ['Health_Reason__c,Health__c'],
    );
  });

  test('a case that is escalated makes the account one at risk, once for each case', async () => {
    const customer = openCaseOf();
    const { ZENDESK_BASE_URL, ZENDESK_EMAIL, ZENDESK_API_TOKEN } = hub.sandbox.environment;
    const authorization = `Basic ${btoa(`${ZENDESK_EMAIL}/token:${ZENDESK_API_TOKEN}`)}`;
    const id = ticketId(
      customer.index,
      customer.cases.findIndex(({ status }) => status === 'OPEN'),
    );
    const answer = await fetch(`${ZENDESK_BASE_URL}/api/v2/tickets/${id}`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ticket: { tags: ['escalated'] } }),
    });
    assert.equal(answer.status, 200);
    await completed('follow-up', customer);
    const { accountHealth, accountHealthReason } = await account(customer);
    assert.equal(accountHealth, 'AT_RISK');
    assert.match(accountHealthReason ?? '', new RegExp(`^Case ${id} was escalated on `));
    assert.equal(tasksOf(customer).length, 1);
  });

  test('a subscription that was changed in billing is followed by its rights, and what comes back of that starts nothing', async () => {
    const customer = freshCustomer();
    const subscription = (await account(customer)).subscriptions.nodes.find(({ status }) => status === 'ACTIVE');
    assert.ok(subscription);
    const held = await stripe.subscriptions.retrieve(subscription.id);
    const item = held.items.data.find(({ quantity }) => (quantity ?? 0) > 0);
    assert.ok(item);
    const writesToStripe = () => hub.sandbox.ledger('stripe').length;
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item.id, quantity: 77 }],
      proration_behavior: 'none',
    });
    const before = writesToStripe();
    const run = await completed('align-entitlement', customer);
    const granted = effects('zendesk', 'entitlement.changed', ({ seats }) => seats === 77);
    assert.equal(granted.length, 1);
    assert.deepEqual(
      run.steps.map(({ name }) => name),
      ['align-entitlement'],
    );
    await eventually('support told the hub of its own grant', async () => {
      const { webhooks } = await control('/webhooks');
      return webhooks.some(({ url, delivered }) => url.endsWith('/zendesk') && delivered > 0);
    });
    assert.equal((await runs('align-entitlement', customer)).length, 1);
    assert.equal(writesToStripe(), before);
  });

  test('usage beyond what is included is charged by billing, and each threshold is one task for who looks after the customer', async () => {
    const customer = meteredCustomer();
    const sku = METERED[0]?.sku;
    const meter = async () => {
      const { data } = await hub.ask<Used>(USED, { id: customer.hubId });
      for (const { id, usage } of data.customer.subscriptions.nodes) {
        const found = usage.find((one) => one.sku === sku);
        if (found) return { subscriptionId: id, ...found };
      }
      return assert.fail(`${customer.hubId} uses no ${sku}`);
    };
    const before = await meter();
    assert.equal(before.overageCharge.amount, '0.00');
    const record = (quantity: number) => {
      const { subscriptionId } = before;
      const event = { id: `calls-${quantity}`, subscriptionId, sku, quantity: String(quantity) };
      const events = [{ ...event, occurredAt: new Date().toISOString() }];
      return hub.ask<{ recordUsage: { process: { state: string } | null } }>(RECORD_USAGE, {
        input: { idempotencyKey: `calls-${quantity}`, waitSeconds: 30, events },
      });
    };
    // To nine tenths of it, then beyond it.
    const included = Number(before.included);
    const toNineTenths = Math.ceil(included * 0.9) - Number(before.used);
    for (const quantity of [toNineTenths, included]) {
      const { data } = await record(quantity);
      assert.equal(data.recordUsage.process?.state, 'COMPLETED', JSON.stringify(data));
      await record(quantity); // the same again, as after a lost answer
    }
    await eventually('a task for each threshold', async () => tasksOf(customer).length === 2);
    const followUps = await runs('follow-up', customer);
    assert.deepEqual(
      followUps.map(({ state }) => state),
      ['COMPLETED', 'COMPLETED'],
    );
    const recorded = effects(
      'stripe',
      'usage.recorded',
      ({ customer: of }) => of === keys.stripe.customer(customer.index),
    );
    assert.equal(recorded.length, 2);
    await eventually('billing charges what is beyond', async () => {
      const { used, overage, overageCharge, overagePrice, thresholdReached } = await meter();
      const beyond = Number(used) - included;
      return (
        Number(used) === Number(before.used) + toNineTenths + included &&
        Number(overage) === beyond &&
        thresholdReached === 100 &&
        Math.abs(Number(overageCharge.amount) - beyond * Number(overagePrice)) <= 0.01
      );
    });
    assert.equal((await account(customer)).accountHealth, null, 'much use is nothing to worry about');
  });

  test('an effect whose hub was killed before it could begin is done once by the next one', async () => {
    const [, customer] = failing;
    assert.ok(customer);
    const fault = hub.sandbox.addFault({ vendor: 'salesforce', kind: 'status', status: 503, match: 'query|composite' });
    const price = await priceIn(customer.currency);
    await stripe.subscriptions.create({ customer: keys.stripe.customer(customer.index), items: [{ price }] });
    await eventually('the effect was tried in vain', async () => hub.output().includes('an effect is not done'));
    await hub.kill();
    hub.sandbox.removeFault(fault);
    await hub.start();
    await completed('follow-up', customer);
    assert.equal(tasksOf(customer).length, 1);
  });

  test('a legal name that billing changes is a conflict for operators, and changes nothing anywhere', async () => {
    const customer = freshCustomer();
    const billingId = keys.stripe.customer(customer.index);
    const { legalName } = await account(customer);
    const writes = () =>
      (['netsuite', 'salesforce', 'zendesk'] as const).map((vendor) => hub.sandbox.ledger(vendor).length);
    const before = writes();
    await stripe.customers.update(billingId, { name: 'Somebody Else GmbH' });
    const conflict = await conflictOf(customer, 'OPEN');
    assert.deepEqual(
      { ...conflict, id: null },
      {
        ...{ id: null, field: 'Customer.legalName', system: 'BILLING', externalId: billingId, owner: 'ERP', seen: 1 },
        ...{ held: 'Somebody Else GmbH', owned: legalName, state: 'OPEN', resolution: null, dismissedBy: null },
      },
    );
    assert.equal((await account(customer)).legalName, legalName);
    assert.deepEqual(writes(), before);
    const asked = await hub.ask(CONFLICTS, { id: customer.hubId }, 'support');
    assert.equal(asked.errors[0]?.extensions.code, 'FORBIDDEN_FIELD');

    const input = { id: conflict.id, reason: 'billing uses the trade name' };
    const dismissed = await hub.ask<{ dismissConflict: Conflict }>(DISMISS, { input });
    assert.equal(dismissed.data.dismissConflict.state, 'DISMISSED');
    await stripe.customers.update(billingId, { name: 'Somebody Else AG' });
    await conflictOf(customer, 'OPEN');
    const again = await hub.ask(DISMISS, { input: { ...input, reason: '' } });
    assert.equal(again.errors[0]?.extensions.code, 'BAD_USER_INPUT');
    await stripe.customers.update(billingId, { name: legalName });
    assert.equal((await conflictOf(customer, 'RESOLVED')).resolution, 'HOLDER_CORRECTED');
  });

  test('so is one that sales changes in the CRM, which has no webhooks and is asked', async () => {
    const customer = freshCustomer();
    const { legalName } = await account(customer);
    const rename = (Name: string) => {
      const path = `/services/data/v66.0/sobjects/Account/${accountOf(customer)}`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      return hub.sandbox.asPerson({ vendor: 'salesforce', method: 'PATCH', path, headers, body: { Name } });
    };
    const token = await salesforceToken();
    const { status, body } = await rename('Sales calls it so');
    assert.equal(status, 204, body);
    const { held, owned, system } = await conflictOf(customer, 'OPEN');
    assert.deepEqual([system, held, owned], ['CRM', 'Sales calls it so', legalName]);
    assert.equal((await account(customer)).legalName, legalName);
    assert.equal((await rename(legalName)).status, 204);
    assert.equal((await conflictOf(customer, 'RESOLVED')).resolution, 'HOLDER_CORRECTED');
  });

  test('what the hub itself writes comes back as an echo, is no conflict and starts nothing', async () => {
    const customer = freshCustomer();
    const subscription = (await account(customer)).subscriptions.nodes.find(({ status }) => status === 'ACTIVE');
    const [item] = subscription?.items ?? [];
    assert.ok(subscription && item);
    const items = [{ sku: item.sku, quantity: item.quantity + 1 }];
    const input = { idempotencyKey: 'echo', subscriptionId: subscription.id, items, waitSeconds: 30 };
    const query = `mutation ($input: AmendSubscriptionInput!) {
      amendSubscription(input: $input) { __typename ... on AmendmentAccepted { process { state } } } }`;
    const { data } = await hub.ask<{ amendSubscription: { process?: { state: string } } }>(query, { input }, 'portal');
    assert.equal(data.amendSubscription.process?.state, 'COMPLETED', JSON.stringify(data));
    // Told after the echoes, and judged after them: events of one customer are in order.
    await stripe.customers.update(keys.stripe.customer(customer.index), { name: 'After the echo' });
    await conflictOf(customer, 'OPEN');
    assert.deepEqual(await runs('align-entitlement', customer), []);
    assert.deepEqual(await runs('follow-up', customer), []);
  });

  const conflictOf = (customer: WorldCustomer, state: string) =>
    eventually(`a conflict of ${customer.hubId} is ${state}`, async () => {
      const { data } = await hub.ask<{ conflicts: { nodes: Conflict[] } }>(CONFLICTS, { id: customer.hubId });
      return data.conflicts.nodes.find((one) => one.state === state);
    });

  async function salesforceToken(): Promise<string> {
    const { SALESFORCE_LOGIN_URL, SALESFORCE_CLIENT_ID = '', SALESFORCE_CLIENT_SECRET = '' } = hub.sandbox.environment;
    const asked = { grant_type: 'client_credentials', client_id: SALESFORCE_CLIENT_ID };
    const answer = await fetch(`${SALESFORCE_LOGIN_URL}/services/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...asked, client_secret: SALESFORCE_CLIENT_SECRET }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async function priceIn(currency: string): Promise<string> {
    const { data } = await stripe.prices.list({ active: true, currency: currency.toLowerCase(), limit: 100 });
    const price = data.find(({ recurring }) => recurring?.usage_type === 'licensed');
    assert.ok(price, `nothing is sold by the month in ${currency}`);
    return price.id;
  }

  /** A customer who is charged by use; the last one, so that no other test has it. */
  function meteredCustomer(): WorldCustomer {
    const found = [...world.customers()].findLast(
      ({ index, traits, known, subscriptions }) =>
        meteredOf(index, 0).length > 0 &&
        traits.length === 0 &&
        Object.values(known).every(Boolean) &&
        subscriptions[0]?.status === 'ACTIVE',
    );
    assert.ok(found, 'nobody is charged by use');
    return found;
  }

  /** A customer with a case that is open and not escalated. */
  function openCaseOf(): WorldCustomer {
    for (const customer of world.customers()) {
      const fits =
        customer.traits.length === 0 && customer.known.crm && customer.known.support && customer.known.billing;
      if (fits && customer.cases.some(({ status, escalated }) => status === 'OPEN' && !escalated)) return customer;
    }
    assert.fail('nobody has an open case');
  }
});
