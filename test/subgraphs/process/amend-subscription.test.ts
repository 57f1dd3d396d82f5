import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from '../../../platform/ids.ts';
import { netsuite } from '../../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { Subscription } from '../../../subgraphs/billing/model.ts';
import { amendSubscription } from '../../../subgraphs/process/sagas/amend-subscription.ts';
import { submitOrder } from '../../../subgraphs/process/sagas/submit-order.ts';
import { judgeAmendment } from '../../../subgraphs/process/verdicts/amend-subscription.ts';
import { type ActAnswer, AMEND, PREVIEW_AMENDMENT, PROCESS, RETRY, type Run } from './support/operations.ts';
import { correlated, type Hub, otherEntity, sellable, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses();
});
after(() => hub.close());

const amend = async (input: object): Promise<ActAnswer> =>
  (await hub.ask<{ amendSubscription: ActAnswer }>(AMEND, { input: { waitSeconds: 30, ...input } })).amendSubscription;

async function running(customer: WorldCustomer): Promise<Subscription> {
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  const [page] = await hub.ports.billing.subscriptionsOf(
    [{ of: known?.externalIdBySystem.BILLING as never, first: 20, after: null }],
    correlated,
  );
  const found = page?.entries.find(({ status }) => status === 'ACTIVE');
  assert.ok(found, `${customer.hubId} has an active subscription`);
  return found;
}

async function seatsOf(customer: WorldCustomer, subscription: Subscription): Promise<Record<string, number>> {
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  const orgId = known?.externalIdBySystem.SUPPORT as never;
  const rights = await hub.ports.support.rightsOf({ orgId, subscriptionId: subscription.id }, correlated);
  return Object.fromEntries(rights.map(({ sku, seats }) => [sku, seats]));
}

test('more seats: billing recalculates, the ERP takes the value, the rights follow, the CRM is told', async () => {
  const customer = hub.freshCustomer();
  const subscription = await running(customer);
  const [item] = subscription.items;
  assert.ok(item);
  const quantity = item.quantity + 5;
  const answer = await amend({
    idempotencyKey: 'more',
    subscriptionId: subscription.id,
    items: [{ sku: item.sku, quantity }],
  });
  assert.equal(answer.__typename, 'AmendmentAccepted', JSON.stringify(answer));
  assert.equal(answer.process.state, 'COMPLETED', JSON.stringify(answer.process));
  assert.deepEqual(
    answer.process.steps.map(({ name, system }) => `${system} ${name}`),
    ['BILLING amend-billing', 'ERP open-amendment-order', 'SUPPORT change-entitlement', 'CRM note-contract'],
  );
  assert.match(answer.charges.monthlyDifference?.amount ?? '', /^[1-9]/);
  const after = await running(customer);
  assert.equal(after.items.find(({ sku }) => sku === item.sku)?.quantity, quantity);
  assert.equal((await seatsOf(customer, subscription))[item.sku], quantity);
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, ['amendment-order.opened']);
  assert.deepEqual(await hub.toldBy(answer.process.id), [
    `SubscriptionAmended subscription:${subscription.id}`,
    `EntitlementChanged subscription:${subscription.id}`,
  ]);
});

test('a new item is added and another removed; what is not named stays', async () => {
  const customer = hub.freshCustomer();
  const subscription = await running(customer);
  const held = new Set(subscription.items.map(({ sku }) => sku));
  const added = [0, 1, 2, 3, 4, 5]
    .map((nth) => sellable(hub.world, 'SUBSCRIPTION', customer.currency, nth))
    .find((sku) => !held.has(sku));
  const [first] = subscription.items;
  const answer = await amend({
    idempotencyKey: 'swap',
    subscriptionId: subscription.id,
    items: [
      { sku: added, quantity: 2 },
      { sku: first?.sku, quantity: 0 },
    ],
  });
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  const expected = Object.fromEntries([
    ...subscription.items.slice(1).map(({ sku, quantity }) => [sku, quantity]),
    [added, 2],
  ]);
  const after = await running(customer);
  assert.deepEqual(Object.fromEntries(after.items.map(({ sku, quantity }) => [sku, quantity])), expected);
  assert.deepEqual(await seatsOf(customer, subscription), expected);
});

test('a refusal by the ERP puts billing back as it was', async () => {
  const customer = hub.customerWith('tax-refused');
  const subscription = await running(customer);
  const [item] = subscription.items;
  const answer = await amend({
    idempotencyKey: 'tax',
    subscriptionId: subscription.id,
    items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }],
  });
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.match(answer.process.reason ?? '', /tax/i);
  const after = await running(customer);
  assert.deepEqual(
    after.items.map(({ sku, quantity }) => [sku, quantity]),
    subscription.items.map(({ sku, quantity }) => [sku, quantity]),
  );
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, []);
});

test('a refusal by support puts rights, ERP and billing back as they were', async () => {
  const customer = hub.freshCustomer();
  const subscription = await running(customer);
  const rights = await seatsOf(customer, subscription);
  const [item] = subscription.items;
  hub.sandbox.addFault({
    vendor: 'zendesk',
    kind: 'status',
    match: '^(POST|PUT|PATCH) .*records',
    status: 422,
    body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
    contentType: 'application/json',
  });
  const answer = await amend({
    idempotencyKey: 'late refusal',
    subscriptionId: subscription.id,
    items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }],
  });
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, ['amendment-order.opened', 'sales-order.cancelled']);
  assert.deepEqual(
    (await running(customer)).items.map(({ sku, quantity }) => [sku, quantity]),
    subscription.items.map(({ sku, quantity }) => [sku, quantity]),
  );
  assert.deepEqual(await seatsOf(customer, subscription), rights);
});

const entitiesOf = async (customer: WorldCustomer) =>
  (await hub.ports.erp.legalEntitiesOf([erpIdOf(customer)], { ...correlated, fresh: true }))[0];
const erpIdOf = (customer: WorldCustomer) => id<'ErpCustomer'>(netsuite.customer(customer.index));
const salesOrderOf = async (run: Run) => {
  const [order] = await hub.ports.erp.salesOrders([id(String(run.outcome?.amendmentOrderId))], correlated);
  return order;
};

test('another billing entity: the ERP keeps the customer there first, and takes the order there; done once, it is not done again', async () => {
  const customer = hub.freshCustomer('EUR');
  const other = otherEntity(hub.world, customer);
  const subscription = await running(customer);
  const input = { subscriptionId: subscription.id, billingEntityId: other };
  const answer = await amend({ idempotencyKey: 'entity', ...input });
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.deepEqual(
    answer.process.steps.map(({ name, system }) => `${system} ${name}`),
    [
      'ERP keep-in-legal-entity',
      'BILLING amend-billing',
      'ERP open-amendment-order',
      'SUPPORT change-entitlement',
      'CRM note-contract',
    ],
  );
  assert.equal((await running(customer)).legalEntityId, other);
  assert.equal((await salesOrderOf(answer.process))?.legalEntityId, other);
  assert.deepEqual(await entitiesOf(customer), [customer.legalEntityId, other]);
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, [
    'subsidiary-relationship.added',
    'amendment-order.opened',
  ]);

  const [item] = subscription.items;
  const later = await amend({
    idempotencyKey: 'entity, later',
    subscriptionId: subscription.id,
    items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }],
  });
  assert.equal(later.process?.state, 'COMPLETED', JSON.stringify(later));
  assert.ok(!later.process.steps.some(({ name }) => name === 'keep-in-legal-entity'));
  assert.equal((await salesOrderOf(later.process))?.legalEntityId, other);
});

test('another billing entity whose order the ERP refuses: nothing is left, neither there nor in billing', async () => {
  const customer = hub.freshCustomer('EUR');
  const subscription = await running(customer);
  hub.sandbox.addFault({ vendor: 'netsuite', kind: 'status', match: '^PUT .*salesOrder', status: 400 });
  const answer = await amend({
    idempotencyKey: 'entity refused',
    subscriptionId: subscription.id,
    billingEntityId: otherEntity(hub.world, customer),
  });
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, [
    'subsidiary-relationship.added',
    'subsidiary-relationship.removed',
  ]);
  assert.deepEqual(await entitiesOf(customer), [customer.legalEntityId]);
  assert.equal((await running(customer)).legalEntityId, subscription.legalEntityId);
});

test('another billing entity that the ERP does not let the customer into: billing is never touched', async () => {
  const customer = hub.freshCustomer('EUR');
  const subscription = await running(customer);
  hub.sandbox.addFault({ vendor: 'netsuite', kind: 'status', match: '^POST .*SubsidiaryRelationship', status: 400 });
  const answer = await amend({
    idempotencyKey: 'entity closed',
    subscriptionId: subscription.id,
    billingEntityId: otherEntity(hub.world, customer),
  });
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.deepEqual(
    answer.process.steps.map(({ name, state }) => `${name} ${state}`),
    ['keep-in-legal-entity FAILED'],
  );
  const { netsuite: erp, stripe } = hub.effectsOf(answer.process.id);
  assert.deepEqual([erp, stripe], [[], []]);
});

test('another billing entity, refused by support after the order: the order is cancelled, and the customer stays there, as books hold it', async () => {
  const customer = hub.freshCustomer('EUR');
  const subscription = await running(customer);
  hub.sandbox.addFault({
    vendor: 'zendesk',
    kind: 'status',
    match: '^(POST|PUT|PATCH) .*records',
    status: 422,
    body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
    contentType: 'application/json',
  });
  const [item] = subscription.items;
  const other = otherEntity(hub.world, customer);
  const answer = await amend({
    idempotencyKey: 'entity, late refusal',
    subscriptionId: subscription.id,
    billingEntityId: other,
    items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }],
  });
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, [
    'subsidiary-relationship.added',
    'amendment-order.opened',
    'sales-order.cancelled',
  ]);
  const [kept] = answer.process.steps;
  assert.deepEqual([kept?.name, kept?.state], ['keep-in-legal-entity', 'DONE']);
  assert.match(kept?.error ?? '', new RegExp(`books of legal entity ${other} hold an order`));
  assert.equal((await running(customer)).legalEntityId, subscription.legalEntityId);
});

test('the preview of another billing entity tells which companies keep the customer now and then, owned by the ERP', async () => {
  const customer = hub.freshCustomer('EUR');
  const other = otherEntity(hub.world, customer);
  const { id: subscriptionId } = await running(customer);
  const preview = async () => {
    const input = { idempotencyKey: 'preview', subscriptionId, billingEntityId: other };
    const { previewAmendSubscription: told } = await hub.ask<{ previewAmendSubscription: ActAnswer }>(
      PREVIEW_AMENDMENT,
      { input },
    );
    assert.equal(told.__typename, 'Preview', JSON.stringify(told));
    return told.writes.filter(({ field }) => field === 'Customer.legalEntities');
  };
  const write = { system: 'ERP', owner: 'ERP', field: 'Customer.legalEntities' };
  const [oldValue, newValue] = [customer.legalEntityId, `${customer.legalEntityId}, ${other}`];
  assert.deepEqual(await preview(), [{ ...write, oldValue, newValue }]);
  assert.deepEqual(await entitiesOf(customer), [customer.legalEntityId], 'nothing was written');
  const place = { customerId: erpIdOf(customer), legalEntityId: id<'LegalEntity'>(other) };
  await hub.ports.erp.keepInLegalEntity(place, { ...correlated, key: 'by hand', actingFor: 'ERP' });
  assert.deepEqual(await preview(), []);
});

test('a subscription whose company does not keep the customer: it is kept there when it may be, else another one has to be named', async () => {
  const customer = hub.freshCustomer('EUR');
  const subscription = await running(customer);
  const [item] = subscription.items;
  const more = {
    idempotencyKey: 'implicit',
    subscriptionId: subscription.id,
    items: [{ sku: item?.sku ?? '', quantity: (item?.quantity ?? 0) + 1 }],
  };
  const judge = (billedBy: string) => {
    const billing = Object.create(hub.ports.billing, {
      subscriptions: { value: async () => [{ ...subscription, legalEntityId: billedBy }] },
    });
    const today = new Date().toISOString().slice(0, 10);
    return judgeAmendment({ ...hub.ports, billing }, more, { today, ownerOf: () => 'ERP' }, correlated);
  };
  const kept = await judge(otherEntity(hub.world, customer));
  assert.ok(kept.passed);
  assert.equal(kept.plan.act.entityIsNew, true);
  const dollars = await judge('1');
  assert.ok(!dollars.passed);
  assert.deepEqual(
    dollars.reasons.map(({ code, field }) => `${code} ${field}`),
    ['WRONG_CURRENCY billingEntityId'],
  );
  const home = await judge(customer.legalEntityId);
  assert.ok(home.passed && home.plan.act.entityIsNew === false);
});

test('acts that were accepted before there was a step for further companies go on as they began', async () => {
  const taken: string[] = [];
  const run = {
    id: 'prc_old',
    note: async () => {},
    tells: () => {},
    step: async ({ name }: { name: string }) => {
      taken.push(name);
      return { id: 'x', number: 'SO1', items: [], netTotal: null, total: null };
    },
  };
  const money = { minor: 0n, currency: 'EUR' };
  const customer = { erpCustomerId: '1001', billingCustomerId: null, supportOrgId: null, crmAccountId: null };
  const shared = {
    customer,
    legalEntityId: '4',
    currency: 'EUR',
    contractId: null,
    paymentTerms: null,
    charges: money,
  };
  const amendment = { subscriptionId: 'sub_1', customerId: 'cus_1', effectiveOn: '2026-12-01', items: [] };
  await amendSubscription.run(run as never, { ...shared, amendment, endsOn: null, writes: [] } as never); // as the journal holds it
  await submitOrder.run(run as never, { ...shared, lines: [], subscribed: [], opportunityId: null } as never); // likewise
  assert.deepEqual(taken, ['amend-billing', 'open-amendment-order', 'open-sales-order']);
});

test('while an amendment waits, the subscription shows it as pending and another one is refused', async () => {
  const customer = hub.freshCustomer();
  const subscription = await running(customer);
  const [item] = subscription.items;
  const items = [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }];
  hub.sandbox.addFault({ vendor: 'netsuite', kind: 'status', match: '^PUT .*salesOrder', status: 503 });
  const first = await amend({ idempotencyKey: 'first of two', subscriptionId: subscription.id, items });
  hub.sandbox.removeFaults();
  assert.equal(first.process?.state, 'EXCEPTION', JSON.stringify(first));
  const second = await amend({ idempotencyKey: 'second of two', subscriptionId: subscription.id, items });
  assert.ok(
    second.reasons?.some(({ code }) => code === 'PROCESS_RUNNING'),
    JSON.stringify(second),
  );
  const { _entities } = await hub.ask<{ _entities: object[] }>(
    'query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on CustomerSubscription { pendingProcess { id } } ... on Customer { pendingProcess { id } } } }',
    {
      keys: [
        { __typename: 'CustomerSubscription', id: subscription.id },
        { __typename: 'Customer', id: customer.hubId },
      ],
    },
  );
  assert.deepEqual(_entities, [
    { pendingProcess: { id: first.process.id } },
    { pendingProcess: { id: first.process.id } },
  ]);
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const { process } = await hub.ask<{ process: Run }>(PROCESS, { id: first.process.id });
    if (process.state === 'COMPLETED') return;
    if (process.state === 'EXCEPTION') await hub.ask(RETRY, { id: process.id }); // the breaker may still be open
  }
  assert.fail('the amendment never completed');
});

test('a preview names each write with the old value, the difference and the proration, and writes nothing', async () => {
  const subscription = await running(hub.freshCustomer());
  const [item] = subscription.items;
  const count = () => hub.sandbox.ledger('stripe').length + hub.sandbox.ledger('netsuite').length;
  const before = count();
  const { previewAmendSubscription: preview } = await hub.ask<{ previewAmendSubscription: ActAnswer }>(
    PREVIEW_AMENDMENT,
    {
      input: {
        idempotencyKey: 'preview',
        subscriptionId: subscription.id,
        items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 2 }],
      },
    },
  );
  assert.equal(preview.__typename, 'Preview', JSON.stringify(preview));
  assert.deepEqual([...new Set(preview.writes.map(({ system }) => system))].sort(), [
    'BILLING',
    'CRM',
    'ERP',
    'SUPPORT',
  ]);
  const items = preview.writes.find(({ field }) => field === 'CustomerSubscription.items');
  assert.ok(items?.oldValue?.includes(`${item?.quantity} x ${item?.sku}`));
  assert.match(preview.charges.monthlyDifference?.amount ?? '', /^[1-9]/);
  assert.ok(preview.charges.proration);
  assert.equal(count(), before);
});

test('what cannot be amended is rejected with every reason', async () => {
  const customer = hub.freshCustomer();
  const subscription = await running(customer);
  const [item] = subscription.items;
  const service = sellable(hub.world, 'SERVICE', customer.currency);
  const other = hub.world.legalEntities.find(({ currency }) => currency !== customer.currency);
  const same = { sku: item?.sku, quantity: item?.quantity };
  const cases: [string, object][] = [
    ['UNKNOWN_SUBSCRIPTION', { subscriptionId: 'sub_nope', items: [] }],
    ['NOTHING_TO_CHANGE', {}],
    ['NOTHING_TO_CHANGE', { items: [same] }],
    ['BAD_QUANTITY', { items: [{ ...same, quantity: -1 }] }],
    ['BAD_VALUE', { effectiveOn: '2020-01-01', items: [{ ...same, quantity: 9 }] }],
    ['UNKNOWN_SKU', { items: [{ sku: 'NOPE', quantity: 1 }] }],
    ['BAD_VALUE', { items: [{ sku: service, quantity: 1 }] }],
    ['BAD_VALUE', { items: [same, same] }],
    ['CONTRACT_STATE', { items: subscription.items.map(({ sku }) => ({ sku, quantity: 0 })) }],
    ['UNKNOWN_LEGAL_ENTITY', { billingEntityId: '999' }],
    ['WRONG_CURRENCY', { billingEntityId: other?.id }],
  ];
  for (const [code, change] of cases) {
    const answer = await amend({ idempotencyKey: 'bad', subscriptionId: subscription.id, ...change });
    assert.ok(
      answer.reasons?.some((reason) => reason.code === code),
      `${code} in ${JSON.stringify(answer)}`,
    );
  }
  const ended = [...hub.world.customers()].find(({ subscriptions }) =>
    subscriptions.some(({ status }) => status === 'CANCELLED'),
  );
  assert.ok(ended);
  const [known] = await hub.ports.identity.customers([ended.hubId as never], correlated);
  const [page] = await hub.ports.billing.subscriptionsOf(
    [{ of: known?.externalIdBySystem.BILLING as never, first: 20, after: null }],
    correlated,
  );
  const over = page?.entries.find(({ status }) => status === 'CANCELLED');
  const answer = await amend({ idempotencyKey: 'ended', subscriptionId: over?.id, paymentTerms: 'NET_15' });
  assert.ok(
    answer.reasons?.some(({ code }) => code === 'CONTRACT_STATE'),
    JSON.stringify(answer),
  );
});
