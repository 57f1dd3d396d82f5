import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import { eventually, type TestHub } from '../../support/hub.ts';
import { type ActResult, AMEND_SUBSCRIPTION, PROCESS_BY_ID, type Run } from './queries.ts';
import { customerWith, freshCustomer, world } from './world.ts';

interface Subscription {
  readonly id: string;
  readonly status: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
}

async function activeSubscription(hub: TestHub, customer: WorldCustomer): Promise<Subscription> {
  const query =
    'query ($id: ID!) { customer(id: $id) { subscriptions(first: 10) { nodes { id status items { sku quantity } } } } }';
  const { data } = await hub.ask(query, { id: customer.hubId });
  const found = (data.customer as { subscriptions: { nodes: Subscription[] } }).subscriptions.nodes.find(
    ({ status }) => status === 'ACTIVE',
  );
  assert.ok(found, `${customer.hubId} has an active subscription`);
  return found;
}

async function amend(hub: TestHub, input: object): Promise<ActResult> {
  const { data, errors } = await hub.ask(AMEND_SUBSCRIPTION, { input }, 'portal');
  assert.deepEqual(errors, []);
  return data.amendSubscription as ActResult;
}

const ended = (hub: TestHub, id: string): Promise<Run> =>
  eventually(`process ${id} ends`, async () => {
    const run = (await hub.ask(PROCESS_BY_ID, { id })).data.process as Run;
    return ['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(run.state) && run;
  });

/** Another of our companies that bills in the customer's currency. */
function otherEntity(customer: WorldCustomer): string {
  const found = world.legalEntities.find(
    ({ id, currency }) => id !== customer.legalEntityId && currency === customer.currency,
  );
  assert.ok(found);
  return found.id;
}

/** Who bills the subscription and may bill the customer, and from where the newest order was sold. */
async function billedBy(hub: TestHub, subscription: string, { hubId }: WorldCustomer) {
  const { data, errors } = await hub.ask(
    `query ($id: ID!, $c: ID!) { subscription(id: $id) { legalEntityId } customer(id: $c) {
      legalEntity { id } legalEntities { id } salesOrders(first: 1) { nodes { legalEntity { id } } } } }`,
    { id: subscription, c: hubId },
  );
  assert.deepEqual(errors, []);
  return data;
}

const ledgerOf = (hub: TestHub, processId: string): string[] =>
  hub.sandbox
    .ledger('netsuite')
    .filter(({ businessKey }) => businessKey?.includes(processId))
    .map(({ effect, details }) => `${effect} ${details.subsidiary}`);

async function previewed(hub: TestHub, input: object) {
  const query = `query ($input: AmendSubscriptionInput!) { previewAmendSubscription(input: $input) {
    ... on Preview { writes { system owner field oldValue newValue } } ... on PreviewRejected { reasons { code } } } }`;
  const { data, errors } = await hub.ask(query, { input }, 'portal');
  assert.deepEqual(errors, []);
  return (data.previewAmendSubscription as { writes: { field: string }[] }).writes;
}

/** Amending a running subscription across billing, ERP, support and CRM. */
export function amendSubscription(hub: () => TestHub): void {
  test('more seats: billing recalculates, the ERP takes the value, the entitlement follows', async () => {
    const customer = freshCustomer();
    const before = await activeSubscription(hub(), customer);
    const [item] = before.items;
    assert.ok(item);
    const quantity = item.quantity + 5;
    const result = await amend(hub(), {
      idempotencyKey: 'amend-1',
      subscriptionId: before.id,
      items: [{ sku: item.sku, quantity }],
      waitSeconds: 30,
    });
    assert.equal(result.__typename, 'AmendmentAccepted', JSON.stringify(result));
    assert.equal(result.process.state, 'COMPLETED', JSON.stringify(result.process));
    assert.equal(result.subscription?.items.find(({ sku }) => sku === item.sku)?.quantity, quantity);
    const difference = result.charges.monthlyDifference as { amount: string };
    assert.match(difference.amount, /^[1-9]/);
    const seats = await hub().ask(
      'query ($id: ID!) { customer(id: $id) { entitlements(first: 20) { nodes { sku seats subscriptionId status } } } }',
      { id: customer.hubId },
    );
    const rights = (
      seats.data.customer as { entitlements: { nodes: { sku: string; seats: number; subscriptionId: string }[] } }
    ).entitlements.nodes;
    assert.equal(
      rights.find(({ sku, subscriptionId }) => sku === item.sku && subscriptionId === before.id)?.seats,
      quantity,
    );
    const opened = hub()
      .sandbox.ledger('netsuite')
      .filter(({ businessKey }) => businessKey?.includes(result.process.id));
    assert.deepEqual(
      opened.map(({ effect }) => effect),
      ['amendment-order.opened'],
    );
  });

  test('another billing entity, in which the ERP does not keep the customer yet: it is kept there first, and billed from there', async () => {
    const customer = freshCustomer('EUR'); // two of our legal entities bill in euros
    const before = await activeSubscription(hub(), customer);
    const other = otherEntity(customer);
    const input = { idempotencyKey: 'amend-entity', subscriptionId: before.id, billingEntityId: other };
    const write = { system: 'ERP', owner: 'ERP', field: 'Customer.legalEntities' };
    assert.deepEqual(
      (await previewed(hub(), input)).find(({ field }) => field === write.field),
      { ...write, oldValue: customer.legalEntityId, newValue: `${customer.legalEntityId}, ${other}` },
    );
    const result = await amend(hub(), { ...input, waitSeconds: 30 });
    assert.equal(result.__typename, 'AmendmentAccepted', JSON.stringify(result));
    const run = await ended(hub(), result.process.id);
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    assert.deepEqual(await billedBy(hub(), before.id, customer), {
      subscription: { legalEntityId: other },
      customer: {
        legalEntity: { id: customer.legalEntityId },
        legalEntities: [{ id: customer.legalEntityId }, { id: other }],
        salesOrders: { nodes: [{ legalEntity: { id: other } }] },
      },
    });
    assert.deepEqual(ledgerOf(hub(), run.id), [
      `subsidiary-relationship.added ${other}`,
      `amendment-order.opened ${other}`,
    ]);
  });

  test('another billing entity whose order the ERP refuses is taken back whole: ERP and billing are as before', async () => {
    const customer = freshCustomer('EUR');
    const before = await activeSubscription(hub(), customer);
    const other = otherEntity(customer);
    const was = await billedBy(hub(), before.id, customer);
    hub().sandbox.addFault({ vendor: 'netsuite', kind: 'status', match: '^PUT .*salesOrder', status: 400, count: 1 });
    const input = { idempotencyKey: 'amend-entity-refused', subscriptionId: before.id, billingEntityId: other };
    const result = await amend(hub(), { ...input, waitSeconds: 30 });
    assert.equal(result.__typename, 'AmendmentAccepted', JSON.stringify(result));
    const run = await ended(hub(), result.process.id);
    assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
    assert.deepEqual(ledgerOf(hub(), run.id), [
      `subsidiary-relationship.added ${other}`,
      `subsidiary-relationship.removed ${other}`,
    ]);
    assert.deepEqual(await billedBy(hub(), before.id, customer), was);
    assert.deepEqual((await activeSubscription(hub(), customer)).items, before.items);
  });

  test('a billing entity of another currency is refused before anything is written, with what would be right', async () => {
    const customer = freshCustomer('EUR');
    const { id } = await activeSubscription(hub(), customer);
    const dollars = world.legalEntities.find(({ currency }) => currency === 'USD');
    assert.ok(dollars);
    const input = { idempotencyKey: 'amend-entity-usd', subscriptionId: id, billingEntityId: dollars.id };
    const result = await amend(hub(), input);
    assert.equal(result.__typename, 'AmendmentRejected', JSON.stringify(result));
    assert.deepEqual(
      result.reasons.map(({ code, field }) => [code, field]),
      [['WRONG_CURRENCY', 'billingEntityId']],
    );
    assert.match(result.reasons[0]?.message ?? '', /USD.*EUR/);
  });

  test('other payment terms are taken by billing and the ERP', async () => {
    const customer = freshCustomer();
    const before = await activeSubscription(hub(), customer);
    const terms = customer.paymentTerms === 'NET_60' ? 'NET_45' : 'NET_60';
    const input = { idempotencyKey: 'amend-terms', subscriptionId: before.id, paymentTerms: terms, waitSeconds: 30 };
    const result = await amend(hub(), input);
    assert.equal(result.process.state, 'COMPLETED', JSON.stringify(result.process));
    const { data } = await hub().ask(
      'query ($id: ID!, $c: ID!) { subscription(id: $id) { paymentTerms } customer(id: $c) { paymentTerms } }',
      { id: before.id, c: customer.hubId },
    );
    assert.deepEqual(data, { subscription: { paymentTerms: terms }, customer: { paymentTerms: terms } });
  });

  test('when the ERP refuses the tax set-up, billing is as before, and the reason can be read', async () => {
    const customer = customerWith('tax-refused');
    const before = await activeSubscription(hub(), customer);
    const [item] = before.items;
    const result = await amend(hub(), {
      idempotencyKey: 'amend-tax',
      subscriptionId: before.id,
      items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }],
      waitSeconds: 30,
    });
    assert.equal(result.__typename, 'AmendmentAccepted', JSON.stringify(result));
    const run = await ended(hub(), result.process.id);
    assert.equal(run.state, 'COMPENSATED');
    assert.match(run.reason ?? '', /tax/i);
    assert.deepEqual((await activeSubscription(hub(), customer)).items, before.items);
    assert.equal(
      hub()
        .sandbox.ledger('netsuite')
        .filter(({ businessKey }) => businessKey?.includes(run.id)).length,
      0,
    );
  });

  test('a preview tells each write and the charge difference, and writes nothing', async () => {
    const customer = freshCustomer();
    const before = await activeSubscription(hub(), customer);
    const [item] = before.items;
    const counts = () =>
      (['netsuite', 'stripe', 'zendesk', 'salesforce'] as const).map((vendor) => hub().sandbox.ledger(vendor).length);
    const written = counts();
    const query = `query ($input: AmendSubscriptionInput!) { previewAmendSubscription(input: $input) { __typename ... on Preview { writes { system owner field oldValue newValue } charges { monthly { amount } monthlyDifference { amount } proration { amount } } } ... on PreviewRejected { reasons { code message } } } }`;
    const { data, errors } = await hub().ask(
      query,
      {
        input: {
          idempotencyKey: 'p',
          subscriptionId: before.id,
          items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 2 }],
        },
      },
      'portal',
    );
    assert.deepEqual(errors, []);
    const preview = data.previewAmendSubscription as {
      __typename: string;
      writes: { system: string }[];
      charges: Record<string, { amount: string }>;
    };
    assert.equal(preview.__typename, 'Preview', JSON.stringify(preview));
    assert.deepEqual([...new Set(preview.writes.map(({ system }) => system))].sort(), [
      'BILLING',
      'CRM',
      'ERP',
      'SUPPORT',
    ]);
    assert.match(preview.charges.monthlyDifference?.amount ?? '', /^[1-9]/);
    assert.deepEqual(counts(), written);
  });

  const rejections: { name: string; change: (subscription: Subscription) => object; code: string }[] = [
    {
      name: 'an unknown subscription',
      change: () => ({ subscriptionId: 'sub_nope', items: [] }),
      code: 'UNKNOWN_SUBSCRIPTION',
    },
    { name: 'nothing to change', change: () => ({}), code: 'NOTHING_TO_CHANGE' },
    {
      name: 'a negative quantity',
      change: ({ items }) => ({ items: [{ sku: items[0]?.sku, quantity: -1 }] }),
      code: 'BAD_QUANTITY',
    },
    {
      name: 'a date in the past',
      change: ({ items }) => ({ effectiveOn: '2020-01-01', items: [{ sku: items[0]?.sku, quantity: 9 }] }),
      code: 'BAD_VALUE',
    },
    { name: 'an unknown SKU', change: () => ({ items: [{ sku: 'NOPE', quantity: 1 }] }), code: 'UNKNOWN_SKU' },
    { name: 'an unknown billing entity', change: () => ({ billingEntityId: '999' }), code: 'UNKNOWN_LEGAL_ENTITY' },
  ];
  for (const { name, change, code } of rejections) {
    test(`${name} is rejected`, async () => {
      const subscription = await activeSubscription(hub(), world.customer(0));
      const result = await amend(hub(), {
        idempotencyKey: `amend-${code}`,
        subscriptionId: subscription.id,
        ...change(subscription),
      });
      assert.equal(result.__typename, 'AmendmentRejected', JSON.stringify(result));
      assert.ok(
        result.reasons.some((reason) => reason.code === code),
        JSON.stringify(result.reasons),
      );
    });
  }
}
