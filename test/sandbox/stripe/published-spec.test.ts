import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { id } from '../../../platform/ids.ts';
import type { CallLogEntry } from '../../../sandbox/start.ts';
import { stripeFeed } from '../../../subgraphs/billing/connectors/stripe/changes.ts';
import { readStripeConfig } from '../../../subgraphs/billing/connectors/stripe/config.ts';
import {
  WireCharge,
  WireCustomer,
  WireInvoice,
  WireInvoiceItem,
  WirePreview,
  WirePrice,
  WireSchedule,
  WireSubscription,
} from '../../../subgraphs/billing/connectors/stripe/wire.ts';
import type { SubscriptionDraft } from '../../../subgraphs/billing/model.ts';
import { call, list, writing } from '../../contract/billing.ts';
import { idOf, type StripeUnderTest, stripeUnderTest } from '../../subgraphs/billing/stripe-world.ts';
import { publishedObjects, publishedRequests, specMissing } from './published.ts';

/** The file is of 2023: what came later cannot be held against it. */
const NOT_IN_THE_FILE = new Set(['POST /v1/invoices/create_preview']);

const READ: readonly [object: string, schema: z.ZodType, optional: readonly string[]][] = [
  ['customer', WireCustomer, ['deleted']], // of deleted_customer
  ['subscription', WireSubscription.omit({ schedule: true }), []], // the published one has no schedule
  ['subscription_schedule', WireSchedule, []],
  ['price', WirePrice, []],
  ['charge', WireCharge, []],
  ['invoice', WireInvoice, []],
  ['invoice', WirePreview, []],
  ['invoiceitem', WireInvoiceItem, []],
];

/** Fields of API version 2026-10-28 (the SDK's types, to which the builders are held) that the published objects of July lack. */
const SINCE: Readonly<Record<string, readonly string[]>> = { customer: ['customer_account'], product: ['tax_details'] };
/** Fields that the published objects have, but that are optional or gone in the SDK's types. */
const GONE: Readonly<Record<string, readonly string[]>> = {
  charge: ['refunds'], // only where it is asked for, since 2022-11-15
  invoice: ['subscription'], // under `parent` since 2025-03-31
};

describe('what passes between connector and sandbox, held against what Stripe publishes', { skip: specMissing }, () => {
  let stripe: StripeUnderTest;
  let calls: readonly CallLogEntry[];
  let check: Awaited<ReturnType<typeof publishedRequests>>;
  const answers = new Map<string, Record<string, unknown>>();
  before(async () => {
    stripe = await stripeUnderTest({ customers: 60 });
    await exercise(stripe);
    await readEvents(stripe);
    calls = stripe.sandbox.calls();
    check = await publishedRequests();
    await collect(stripe, answers);
  });
  after(() => stripe.sandbox.close());

  test('every request is one that Stripe knows, with parameters that it knows', () => {
    const operations = new Set<string>();
    for (const one of calls) {
      const { operation, problems } = check(one);
      const named = `${one.method} ${one.path}`;
      if (operation === null) assert.ok(NOT_IN_THE_FILE.has(named), `${named} is not in the published file`);
      else operations.add(operation);
      assert.deepEqual(problems, [], `${named}?${one.query} ${one.body}`);
    }
    assert.ok(operations.size >= 12, `only ${[...operations].join(', ')} were asked`);
  });

  test('the check finds what is wrong', () => {
    const base = { sequence: 1, vendor: 'stripe', query: '', status: 200, at: '', ms: 0, correlationId: null } as const;
    const problemsOf = (path: string, body: string) => check({ ...base, method: 'POST', path, body }).problems.length;
    assert.equal(problemsOf('/v1/subscriptions', 'customer=cus_1&items[0][price]=p'), 0);
    assert.ok(problemsOf('/v1/subscriptions', 'items[0][price]=p') > 0, 'a missing customer');
    assert.ok(problemsOf('/v1/subscriptions', 'customer=cus_1&proration_behaviour=none') > 0, 'a misspelt parameter');
    assert.ok(
      problemsOf('/v1/subscriptions', 'customer=cus_1&items[0][price]=p&items[0][quantity]=many') > 0,
      'text for a number',
    );
    assert.ok(
      problemsOf('/v1/subscriptions/sub_1', 'proration_behavior=sometimes') > 0,
      'a word that is not in the list',
    );
    assert.equal(check({ ...base, method: 'POST', path: '/v1/nonsense', body: '' }).operation, null);
  });

  for (const kind of ['customer', 'subscription', 'price', 'charge', 'invoice', 'invoiceitem', 'product']) {
    test(`the sandbox’s ${kind} has the fields of Stripe’s ${kind}, and none of its own`, () => {
      const published = publishedObjects()[kind];
      const answer = answers.get(kind);
      assert.ok(published && answer, kind);
      const allowed = new Set([...Object.keys(published), ...(SINCE[kind] ?? [])]);
      assert.deepEqual(
        Object.keys(answer).filter((name) => !allowed.has(name)),
        [],
        'fields that Stripe does not have',
      );
      const gone = new Set(GONE[kind] ?? []);
      assert.deepEqual(
        Object.keys(published).filter((name) => !(name in answer) && !gone.has(name)),
        [],
        'fields that are missing',
      );
    });
  }

  for (const [object, schema, elsewhere] of READ) {
    test(`every field of ${object} that the connector reads is one that Stripe publishes`, () => {
      const read = fieldsOf(schema).filter((path) => !elsewhere.includes(path));
      assert.ok(read.length > 2);
      const published = publishedObjects()[object];
      assert.deepEqual(
        read.filter((path) => !has(published, path.split('.'))),
        [],
      );
    });
  }
});

/** Paths of the fields that a schema names; lists by their first entry. */
function fieldsOf(schema: unknown, path: readonly string[] = []): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, field]) => fieldsOf(field, [...path, name]));
  }
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element, [...path, '0']);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return fieldsOf(schema.unwrap(), path);
  return [path.join('.')];
}

function has(published: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  if (typeof published !== 'object' || published === null || !(name in published)) return false;
  return has(Reflect.get(published, name), rest);
}

/** Asks for all that the connector can ask for. */
/** As the change feed asks: from a time on, and behind an event. */
async function readEvents({ sandbox }: StripeUnderTest): Promise<void> {
  const later = { now: () => Date.now() + 120_000 };
  const feed = stripeFeed(readStripeConfig(sandbox.environment), later);
  const call = { correlationId: 'test', signal: AbortSignal.timeout(30_000) };
  const since = Math.floor(Date.now() / 1_000) - 3_600;
  const { changes, cursor } = await feed.read({ after: null, since }, call);
  assert.ok(changes.length > 5);
  await feed.read(cursor, call);
  await feed.close();
}

async function exercise({ port, known }: StripeUnderTest): Promise<void> {
  const ids = known.map((one) => id<'BillingCustomer'>(idOf(one)));
  const [customerId] = ids;
  const [first] = known;
  assert.ok(customerId && first);
  await port.directory({ first: 20, after: null }, call());
  await port.directory({ first: 20, after: customerId }, call());
  await port.customers(ids.slice(0, 3), call());
  await port.collections(ids.slice(0, 3), call());
  await port.paymentsOf([list(customerId, 2)], call());
  for (const status of [null, 'ACTIVE', 'CANCELLED', 'PAST_DUE'])
    await port.subscriptionsOf([list(customerId, 1, null, status)], call());
  const draft: SubscriptionDraft = {
    customerId,
    currency: first.currency,
    items: [{ sku: 'SUB-API', quantity: 2 }],
    contractId: 'CT "1" & <ü>',
    legalEntityId: '2',
    paymentTerms: 'NET_30',
    salesOrderNumber: null,
  };
  const opening = writing();
  await port.previewSubscription(draft, call());
  const opened = await port.openSubscription(draft, opening);
  await port.subscriptions([opened.id], call());
  const amendment = {
    subscriptionId: opened.id,
    customerId,
    effectiveOn: new Date().toISOString().slice(0, 10),
    items: [
      { sku: 'SUB-API', quantity: 3 },
      { sku: 'SUB-MOBILE', quantity: 1 },
    ],
    legalEntityId: '3',
    paymentTerms: 'NET_60',
  };
  await port.previewAmendment(amendment, call());
  await port.amend(amendment, writing());
  await port.revertAmendment({ before: opened }, writing());
  const about = { subscriptionId: opened.id, customerId };
  const renewing = writing();
  await port.scheduleRenewal(
    {
      ...about,
      startsOn: opened.currentTermEndsOn,
      endsOn: '2099-01-01',
      items: amendment.items,
      paymentTerms: 'NET_45',
    },
    renewing,
  );
  const ending = writing();
  await port.cancelAtTermEnd({ ...about, reason: 'r' }, ending);
  await port.keepRunning(about, ending);
  await port.withdrawRenewal(about, renewing);
  const endingAgain = writing();
  await port.cancelAtTermEnd({ ...about, reason: 'r' }, endingAgain);
  await port.keepRunning(about, endingAgain);
  await port.previewCancellation(about, call());
  await port.cancelOpened({ customerId }, writing(opening.key));
  const second = await port.openSubscription(draft, writing());
  const now = { subscriptionId: second.id, customerId, reason: 'r', creditUnused: true };
  await port.cancelNow(now, writing());
  await port.updateCustomer({ customerId, email: 'ä+b@example.com' }, writing());
}

/** One answer of each kind, as it goes over the wire. */
async function collect(
  { sandbox, known }: StripeUnderTest,
  answers: Map<string, Record<string, unknown>>,
): Promise<void> {
  const amended = known.find((one) => one.traits.includes('amended-mid-term'));
  assert.ok(amended);
  const get = async (path: string): Promise<Record<string, unknown>> => {
    const response = await fetch(sandbox.url.stripe + path, {
      headers: { authorization: `Bearer ${sandbox.environment.STRIPE_API_KEY}` },
    });
    assert.equal(response.status, 200, path);
    return (await response.json()) as Record<string, unknown>; // every answer of the API is an object
  };
  const firstOf = async (path: string) => ((await get(path)).data as Record<string, unknown>[])[0] ?? {}; // as lists are
  const customer = idOf(amended);
  answers.set('customer', await get(`/v1/customers/${customer}`));
  answers.set('subscription', await firstOf(`/v1/subscriptions?customer=${customer}`));
  answers.set('charge', await firstOf(`/v1/charges?customer=${customer}`));
  answers.set('invoice', await firstOf(`/v1/invoices?customer=${customer}`));
  answers.set('invoiceitem', await firstOf(`/v1/invoiceitems?customer=${customer}&pending=true`));
  const price = await firstOf('/v1/prices?limit=1');
  answers.set('price', price);
  answers.set('product', await get(`/v1/products/${price.product}`));
}
