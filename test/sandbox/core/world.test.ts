import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRAITS } from '../../../sandbox/core/picks.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import { largeAccount } from '../../../sandbox/data/large-account.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';

const TODAY = '2026-03-31';
const world = (options: Partial<{ seed: number; size: number; today: string }> = {}) =>
  createWorld({ seed: 1, size: 2000, today: TODAY, ...options });
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
const share = (all: readonly WorldCustomer[], what: (customer: WorldCustomer) => boolean): number =>
  all.filter(what).length / all.length;

test('the same seed gives the same world, whichever customer is asked for first', () => {
  const inOrder = [...world().customers()];
  const other = world();
  for (const index of [1999, 0, 733, 60, 14, 733]) assert.deepEqual(other.customer(index), inOrder[index]);
  assert.notDeepEqual(world({ seed: 2 }).customer(0), inOrder[0]);
});

test('the first sixty customers show each trait twice, and few of the rest show one', () => {
  for (const seed of [1, 2, 4_294_967_295]) {
    const all = [...world({ seed }).customers()];
    for (const trait of TRAITS) {
      const has = (customer: WorldCustomer): boolean => customer.traits.includes(trait);
      assert.ok(all.slice(0, 60).filter(has).length >= 2, `${trait} with seed ${seed}`);
      const later = share(all.slice(60), has);
      assert.ok(later >= 0.01 && later <= 0.08, `${trait}: ${later} with seed ${seed}`);
    }
    assert.ok(share(all, ({ traits }) => traits.length === 0) > 0.6);
    const places = all.slice(0, 60).flatMap(({ index, traits }) => traits.map((trait) => `${index} ${trait}`));
    const first = [...world().customers()]
      .slice(0, 60)
      .flatMap(({ index, traits }) => traits.map((t) => `${index} ${t}`));
    assert.deepEqual(places, first, 'the same ids for every seed');
  }
});

test('C-10001 is an ordinary customer with something in every system and room to order', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7]) {
    const customer = world({ seed }).customer(0);
    assert.equal(customer.hubId, 'C-10001');
    assert.deepEqual(customer.traits, []);
    assert.deepEqual(customer.known, { erp: true, billing: true, crm: true, support: true });
    assert.ok(customer.orders.length > 0 && customer.cases.length > 0 && customer.entitlements.length > 0);
    assert.ok(customer.subscriptions.some(({ status }) => status === 'ACTIVE'));
    assert.ok(customer.opportunities.some(({ stage }) => stage === 'NEGOTIATION'));
    assert.ok((customer.creditLimit ?? 0) - exposure(customer) > 5_000_000, `seed ${seed}`);
    const period = customer.subscriptions[0];
    assert.ok(period && period.periodStartsOn < '2026-03-25' && period.periodEndsOn > '2026-04-05', 'mid-term');
  }
});

const UNBILLED = ['PENDING_FULFILMENT', 'PARTIALLY_FULFILLED', 'PENDING_BILLING'];
const exposure = (customer: WorldCustomer): number =>
  sum(customer.invoices.map(({ balance }) => balance)) +
  sum(customer.orders.filter(({ status }) => UNBILLED.includes(status)).map(({ net, tax }) => net + tax));

test('every figure of every customer follows from the others', () => {
  for (const today of [TODAY, '2024-02-29', '2027-01-01', '2026-12-30']) {
    const made = world({ seed: 9, today });
    const skus = new Map(made.products.map((product) => [product.sku, product]));
    for (const customer of made.customers()) {
      const entity = made.legalEntities.find(({ id }) => id === customer.legalEntityId);
      assert.ok(entity);
      assert.equal(customer.currency, entity.currency);
      const about = `${customer.hubId} on ${today}`;
      const contacts = customer.contacts.length;
      assert.equal(new Set(customer.contacts.map(({ email }) => email)).size, contacts, about);
      for (const order of customer.orders) {
        assert.ok(order.lines.length > 0 && order.orderedOn < today, about);
        assert.equal(order.net, sum(order.lines.map((line) => line.quantity * line.unitPrice)), about);
        assert.equal(order.tax, Math.round((order.net * entity.taxPercent) / 100), about);
        for (const line of order.lines)
          assert.equal(line.unitPrice, skus.get(line.sku)?.prices[customer.currency], about);
      }
      const billedOrders = customer.orders.flatMap(({ status }, at) => (/BILLED|CLOSED/.test(status) ? [at] : []));
      const invoiced = customer.invoices.flatMap(({ order }) => order ?? []);
      assert.deepEqual([...invoiced].sort(), billedOrders.sort(), `${about}: one invoice for each billed order`);
      for (const invoice of customer.invoices) {
        assert.ok(invoice.issuedOn < today && invoice.dueOn >= invoice.issuedOn && invoice.total > 0, about);
        assert.ok(invoice.balance >= 0 && invoice.balance <= invoice.total, about);
        assert.equal(invoice.balance > 0, invoice.status === 'OPEN', about);
        const order = invoice.order === null ? undefined : customer.orders[invoice.order];
        if (order) assert.equal(invoice.total, order.net + order.tax, about);
        const charged = sum(invoice.lines.map(({ quantity, unitPrice }) => quantity * unitPrice));
        assert.equal(invoice.total, charged + Math.round((charged * entity.taxPercent) / 100), about);
      }
      for (const subscription of customer.subscriptions) {
        assert.ok(subscription.startedOn <= subscription.periodStartsOn, about);
        assert.match(subscription.contractId, new RegExp(`^CT-${customer.hubId.slice(2)}-\\d$`));
        for (const item of subscription.items) assert.equal(skus.get(item.sku)?.kind, 'SUBSCRIPTION');
        if (subscription.status === 'CANCELLED')
          assert.ok(subscription.cancelledOn && subscription.cancelledOn < today);
        else assert.ok(subscription.periodStartsOn <= today && today < subscription.periodEndsOn, about);
        const { amendedOn } = subscription;
        if (amendedOn) assert.ok(subscription.startedOn < amendedOn && amendedOn < today, about);
      }
      for (const payment of customer.payments) assert.ok(payment.attemptedAt < today && payment.amount > 0, about);
      for (const one of customer.cases) {
        assert.ok(one.openedAt < today && one.openedAt <= one.updatedAt && one.updatedAt < today, about);
        assert.ok(one.requester < contacts, about);
      }
      for (const { subscription, sku, seats } of customer.entitlements) {
        const item = customer.subscriptions[subscription]?.items.find((held) => held.sku === sku);
        assert.equal(item?.quantity, seats, about);
      }
      for (const { order, agreed = [], stage, amount } of customer.opportunities) {
        assert.equal(order !== null || agreed.length > 0, stage === 'CLOSED_WON', about);
        const worth = agreed.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
        if (agreed.length > 0) assert.equal(amount, worth, about);
        if (order !== null) assert.equal(amount, customer.orders[order]?.net, about);
      }
      for (const quote of customer.quotes) assert.equal(quote.total, customer.opportunities[quote.opportunity]?.amount);
      if (!customer.traits.includes('credit-hold'))
        assert.ok((customer.creditLimit ?? Infinity) > exposure(customer), about);
    }
  }
});

test('a trait shows in the figures', () => {
  const all = [...world().customers()];
  const shows: Partial<Record<(typeof TRAITS)[number], (customer: WorldCustomer) => boolean>> = {
    'amended-mid-term': ({ subscriptions }) =>
      subscriptions.some(({ amendedOn, periodStartsOn }) => amendedOn && amendedOn > periodStartsOn),
    'failed-payment': ({ payments, subscriptions }) =>
      payments[0]?.status === 'FAILED' && subscriptions[0]?.status === 'PAST_DUE',
    collections: ({ payments, invoices }) =>
      payments.every(({ status }) => status === 'FAILED') &&
      invoices.some(({ dueOn, balance }) => dueOn < TODAY && balance > 0),
    'over-licensed': ({ entitlements }) => entitlements.some(({ seats, seatsUsed }) => seatsUsed > seats),
    'credit-hold': (customer) => customer.creditHold && (customer.creditLimit ?? 0) < exposure(customer),
    'tax-refused': ({ taxCode }) => taxCode.startsWith('UNREGISTERED'),
    'name-disagrees': ({ legalName, crmName }) => legalName !== crmName,
    'open-escalation': ({ cases }) =>
      cases.some(({ escalated, nextBreachAt, status }) => escalated && nextBreachAt !== null && status === 'OPEN'),
    prospect: ({ known, orders, opportunities }) =>
      known.crm && !known.erp && !known.billing && orders.length === 0 && opportunities.length > 0,
  };
  for (const [trait, visible] of Object.entries(shows)) {
    for (const customer of all) {
      const has = customer.traits.some((one) => one === trait);
      assert.equal(Boolean(visible(customer)), has, `${customer.hubId}: ${trait}`);
    }
  }
});

test('hierarchies have three levels and merges a survivor, also where the world ends in the middle of one', () => {
  for (const size of [1, 2, 3, 5, 15, 16, 31, 34, 46, 77, 93, 110, 2000]) {
    const made = world({ size });
    let deepest = 0;
    for (const customer of made.customers()) {
      const level = (one: WorldCustomer): number =>
        one.parentIndex === null ? 1 : 1 + level(made.customer(one.parentIndex));
      deepest = Math.max(deepest, level(customer));
      assert.equal(customer.parentIndex !== null, customer.traits.includes('hierarchy-child'));
      if (customer.parentIndex !== null)
        assert.ok(made.customer(customer.parentIndex).traits.includes('hierarchy-parent'));
      assert.equal(customer.mergedIntoIndex !== null, customer.traits.includes('merged-away'));
      if (customer.mergedIntoIndex !== null)
        assert.ok(made.customer(customer.mergedIntoIndex).traits.includes('merge-survivor'));
    }
    assert.equal(deepest, size < 5 ? 1 : 3, `size ${size}`);
  }
  const head = world().customer(1);
  const members = [...world().customers()].filter(({ parentIndex }) => parentIndex === 1);
  assert.ok(
    members.every(({ legalEntityId }) => legalEntityId !== head.legalEntityId),
    'served by several entities',
  );
});

test('names and hub ids are unique, save for the name of an account that was merged away', () => {
  const all = [...world({ size: 20_000 }).customers()];
  const names = new Set(all.map(({ legalName }) => legalName));
  assert.equal(names.size, all.length);
  assert.equal(new Set(all.map(({ hubId }) => hubId)).size, all.length);
  assert.ok(all.every(({ email, domain }) => email.endsWith(`@${domain}`) && domain.endsWith('.example')));
});

test('the catalogue has forty products with a price in every currency, some of them a trap', () => {
  const { products, legalEntities } = world();
  assert.ok(products.length >= 35 && products.length <= 45);
  for (const product of products) {
    for (const { currency } of legalEntities) assert.ok(Number.isInteger(product.prices[currency]), product.sku);
    assert.equal(product.onHand !== null, product.kind === 'GOODS');
    assert.ok(product.committed <= (product.onHand ?? 0));
  }
  assert.ok(products.filter(({ active }) => !active).length >= 2);
  assert.ok(products.some(({ active, onHand }) => active && onHand === 0));
  for (const sku of ['SUB-CLOUD-TEAM', 'GDS-SENSOR-10', 'SVC-ONBOARD']) assert.ok(products.some((p) => p.sku === sku));
});

test('most customers can order, in four currencies', () => {
  const all = [...world().customers()];
  assert.ok(
    share(all, ({ known, creditHold, traits }) => known.erp && !creditHold && !traits.includes('tax-refused')) > 0.9,
  );
  const currencies = [...new Set(all.slice(0, 60).map(({ currency }) => currency))].sort();
  assert.deepEqual(currencies, ['EUR', 'GBP', 'JPY', 'USD']);
  assert.ok(share(all, ({ currency }) => currency === 'JPY') < 0.06);
});

test('a customer beyond the end is an error that says how many there are', () => {
  for (const index of [-1, 0.5, 2000, Number.NaN]) assert.throws(() => world().customer(index), /has 2000/);
  assert.throws(() => world({ today: 'tomorrow' }), /not a day/);
});

test('the large account has 10,000 invoice lines, one invoice of 4,000 among them, and owes nothing for them', () => {
  const { customer, invoices } = largeAccount(world());
  assert.deepEqual([customer.hubId, customer.traits], ['C-10018', []]);
  assert.equal(sum(invoices.map(({ lines }) => lines.length)), 10_000);
  assert.equal(Math.max(...invoices.map(({ lines }) => lines.length)), 4_000);
  assert.equal(sum(invoices.map(({ balance }) => balance)), 0);
  assert.ok(invoices.every(({ issuedOn, total }) => issuedOn < TODAY && total > 0));
  assert.deepEqual(largeAccount(world()).invoices, invoices);
  assert.throws(() => largeAccount(world({ size: 17 })), /this world has 17/);
});
