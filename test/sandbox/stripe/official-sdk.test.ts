import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Stripe from 'stripe';
import { fixedClock } from '../../../platform/clock.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';

const START = '2026-03-10T00:00:00Z';

describe('the sandbox’s Stripe, asked by Stripe’s own SDK', () => {
  const clock = fixedClock(START);
  let sandbox: RunningSandbox;
  let stripe: Stripe;
  const customer = keys.stripe.customer(0);
  let currency = '';

  const clientWith = (key: string) => {
    const { hostname, port } = new URL(sandbox.url.stripe);
    return new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
  };
  before(async () => {
    sandbox = await startSandbox({ customers: 60, seed: 3, clock, latency: { minMs: 0, maxMs: 0 } });
    stripe = clientWith(sandbox.environment.STRIPE_API_KEY ?? '');
    currency = createWorld({ seed: 3, size: 60, today: '2026-03-10' }).customer(0).currency.toLowerCase();
  });
  after(() => sandbox.close());

  const priceOf = async (sku: string, active = true): Promise<Stripe.Price> => {
    const [price] = (await stripe.prices.list({ lookup_keys: [`${sku}_${currency}`], active })).data;
    assert.ok(price);
    return price;
  };
  const failure = async (run: Promise<unknown>): Promise<Stripe.errors.StripeError> => {
    const error = await run.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Stripe.errors.StripeError, 'no error');
    return error;
  };
  const open = async (quantity: number, options: Stripe.RequestOptions = {}) =>
    stripe.subscriptions.create(
      {
        customer,
        items: [{ price: (await priceOf('SUB-CLOUD-TEAM')).id, quantity }],
        collection_method: 'send_invoice',
        days_until_due: 30,
      },
      options,
    );

  test('a wrong key, and none, are refused in Stripe’s words', async () => {
    const error = await failure(clientWith('sk_test_wrong').customers.retrieve(customer));
    assert.ok(error instanceof Stripe.errors.StripeAuthenticationError);
    assert.equal(error.statusCode, 401);
    assert.match(error.requestId ?? '', /^req_/);
    const bare = await fetch(`${sandbox.url.stripe}/v1/customers`);
    assert.equal(bare.status, 401);
    assert.equal(((await bare.json()) as { error: { type: string } }).error.type, 'invalid_request_error');
  });

  test('every customer comes once when the SDK pages through the list', async () => {
    const seen: string[] = [];
    for await (const one of stripe.customers.list({ limit: 7 })) seen.push(one.id);
    assert.equal(new Set(seen).size, seen.length);
    const world = createWorld({ seed: 3, size: 60, today: '2026-03-10' });
    assert.equal(seen.length, [...world.customers()].filter((one) => one.known.billing).length);
    const found = await stripe.customers.search({ query: "metadata['hub_id']:'C-10001'" });
    assert.deepEqual(
      found.data.map((one) => one.id),
      [customer],
    );
  });

  test('the period is on the items, and expanding gives objects for ids', async () => {
    const { data } = await stripe.subscriptions.list({
      customer,
      status: 'all',
      expand: ['data.customer', 'data.latest_invoice'],
    });
    const [held] = data;
    assert.ok(held);
    assert.ok(!('current_period_end' in held));
    const [item] = held.items.data;
    assert.ok(item && item.current_period_start <= clock.now() / 1000 && item.current_period_end > clock.now() / 1000);
    assert.equal(typeof held.customer === 'object' ? held.customer.id : '', customer);
    const deep = await failure(stripe.subscriptions.list({ customer, expand: ['data.items.data.price.product'] }));
    assert.match(deep.message, /cannot expand more than 4 levels/);
    const wrong = await failure(
      stripe.subscriptions
        .retrieve(held.id, { expand: ['status'] })
        .then(() => stripe.subscriptions.retrieve(held.id, { expand: ['nonsense'] })),
    );
    assert.match(wrong.message, /cannot be expanded/);
  });

  const REFUSALS: readonly [string, () => Promise<unknown>, Partial<Stripe.errors.StripeError>][] = [
    [
      'an unknown customer',
      () => stripe.customers.retrieve('cus_none'),
      { statusCode: 404, code: 'resource_missing', param: 'id' },
    ],
    [
      'a list of an unknown customer',
      () => stripe.invoices.list({ customer: 'cus_none' }),
      { statusCode: 400, code: 'resource_missing', param: 'customer' },
    ],
    [
      'a cursor from elsewhere',
      () => stripe.charges.list({ customer, starting_after: 'ch_none' }),
      { statusCode: 400, code: 'resource_missing', param: 'starting_after' },
    ],
    [
      'no items',
      () => stripe.subscriptions.create({ customer }),
      { statusCode: 400, code: 'parameter_missing', param: 'items' },
    ],
    [
      'an unknown price',
      () => stripe.subscriptions.create({ customer, items: [{ price: 'price_none' }] }),
      { statusCode: 400, code: 'resource_missing', param: 'items[0][price]' },
    ],
    ['a page of 101', () => stripe.customers.list({ limit: 101 }), { statusCode: 400, param: 'limit' }],
    [
      'an empty required parameter',
      () => stripe.subscriptions.create({ customer: '', items: [] }),
      { statusCode: 400, code: 'parameter_invalid_empty', param: 'customer' },
    ],
    [
      'a quantity that is no number',
      () => stripe.subscriptions.create({ customer, items: [{ price: 'p', quantity: Number.NaN }] }),
      { statusCode: 400, code: 'parameter_invalid_integer', param: 'items[0][quantity]' },
    ],
    [
      '11 lookup keys',
      () => stripe.prices.list({ lookup_keys: Array.from({ length: 11 }, (_, at) => `k${at}`) }),
      { statusCode: 400, param: 'lookup_keys' },
    ],
    [
      'a metadata value of 501 characters',
      () => stripe.customers.update(customer, { metadata: { a: 'x'.repeat(501) } }),
      { statusCode: 400, param: 'metadata[a]' },
    ],
  ];
  for (const [what, run, expected] of REFUSALS) {
    test(`${what} is refused with code and parameter`, async () => {
      const error = await failure(run());
      assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
      for (const [name, value] of Object.entries(expected))
        assert.equal(Reflect.get(error, name), value, error.message);
    });
  }

  test('an unknown parameter, an unknown path and a JSON body are refused', async () => {
    const headers = {
      authorization: `Bearer ${sandbox.environment.STRIPE_API_KEY}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const post = (path: string, body: string, more: Record<string, string> = {}) =>
      fetch(sandbox.url.stripe + path, { method: 'POST', headers: { ...headers, ...more }, body });
    const codeOf = async (response: Response) => {
      const { error } = (await response.json()) as { error: { code?: string; param?: string; type: string } };
      return [response.status, error.type, error.code, error.param];
    };
    assert.deepEqual(await codeOf(await post(`/v1/customers/${customer}`, 'proration_behaviour=none')), [
      400,
      'invalid_request_error',
      'parameter_unknown',
      'proration_behaviour',
    ]);
    assert.deepEqual(await codeOf(await post(`/v1/customers/${customer}`, '__proto__[polluted]=1')), [
      400,
      'invalid_request_error',
      'parameter_unknown',
      '__proto__',
    ]);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.deepEqual((await codeOf(await post('/v1/nonsense', ''))).slice(0, 2), [404, 'invalid_request_error']);
    assert.deepEqual(
      (
        await codeOf(
          await post(`/v1/customers/${customer}`, '{"email":"a@b.c"}', { 'content-type': 'application/json' }),
        )
      ).slice(0, 2),
      [400, 'invalid_request_error'],
    );
  });

  test('a repeated key gives the first answer again and has no second effect', async () => {
    const first = await open(3, { idempotencyKey: 'once' });
    const again = await open(3, { idempotencyKey: 'once' });
    assert.equal(again.id, first.id);
    assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
    assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined);
    const other = await failure(open(4, { idempotencyKey: 'once' }));
    assert.ok(other instanceof Stripe.errors.StripeIdempotencyError);
    const opened = sandbox
      .ledger('stripe')
      .filter((entry) => entry.idempotencyKey === 'once' && entry.effect === 'subscription.opened');
    assert.equal(opened.length, 1);
    clock.advance(24 * 3_600_000);
    assert.notEqual((await open(4, { idempotencyKey: 'once' })).id, first.id, 'after a day the key is forgotten');
  });

  test('a request that was refused before it ran leaves its key free; one that ran and failed does not', async () => {
    const price = await priceOf('SUB-CLOUD-TEAM');
    await failure(stripe.subscriptions.create({ customer: '', items: [] }, { idempotencyKey: 'free' }));
    const made = await stripe.subscriptions.create(
      { customer, items: [{ price: price.id }] },
      { idempotencyKey: 'free' },
    );
    assert.equal(made.object, 'subscription');
    const taken = () =>
      stripe.subscriptions.create({ customer, items: [{ price: 'price_none' }] }, { idempotencyKey: 'taken' });
    const [one, two] = [await failure(taken()), await failure(taken())];
    assert.equal(two.headers?.['idempotent-replayed'], 'true');
    assert.equal(one.message, two.message);
  });

  test('two requests with one key at the same time: one runs, the other is told to wait', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => open(2, { idempotencyKey: 'together' })));
    const ids = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value.id : []));
    assert.equal(new Set(ids).size, 1);
    const waiting = answers.flatMap((one) => (one.status === 'rejected' ? one.reason : []));
    for (const error of waiting)
      assert.deepEqual(
        [error.statusCode, error.code, error.headers['stripe-should-retry']],
        [409, 'idempotency_key_in_use', 'true'],
      );
  });

  test('prorations are exact to the second, each line rounded by itself, and a preview shows them', async () => {
    const held = await open(10);
    const [item] = held.items.data;
    assert.ok(item?.price.unit_amount);
    const [unit, start, end] = [item.price.unit_amount, item.current_period_start, item.current_period_end];
    const at = start + 1_234_567;
    const share = (quantity: number) => Math.round((unit * quantity * (end - at)) / (end - start));
    const change = {
      items: [{ id: item.id, quantity: 17 }],
      proration_date: at,
      proration_behavior: 'create_prorations' as const,
    };
    const preview = await stripe.invoices.createPreview({ subscription: held.id, subscription_details: change });
    const prorated = preview.lines.data.filter((line) => line.parent?.subscription_item_details?.proration);
    assert.deepEqual(
      prorated.map((line) => line.amount),
      [-share(10), share(17)],
    );
    const rest = preview.lines.data.filter((line) => !line.parent?.subscription_item_details?.proration);
    assert.deepEqual(
      rest.map((line) => [line.amount, line.period.start]),
      [[unit * 17, end]],
    );
    assert.equal(
      (await stripe.invoiceItems.list({ customer, pending: true })).data.filter(
        (one) => one.parent?.subscription_details?.subscription === held.id,
      ).length,
      0,
    );

    await stripe.subscriptions.update(held.id, change);
    const pending = async () =>
      (await stripe.invoiceItems.list({ customer, pending: true, limit: 100 })).data.filter(
        (one) => one.parent?.subscription_details?.subscription === held.id,
      );
    assert.deepEqual(
      (await pending()).map((one) => one.amount).sort((a, b) => a - b),
      [-share(10), share(17)],
    );
    const outside = await failure(
      stripe.subscriptions.update(held.id, {
        ...change,
        items: [{ id: item.id, quantity: 18 }],
        proration_date: end + 1,
      }),
    );
    assert.equal(outside.param, 'proration_date');
    await stripe.subscriptions.cancel(held.id);
    assert.deepEqual(await pending(), [], 'pending prorations go when neither prorate nor invoice_now is set');
    const ended = await failure(stripe.subscriptions.update(held.id, { items: [{ id: item.id, quantity: 1 }] }));
    assert.match(ended.message, /canceled subscription/);
  });

  test('an inactive price is not sold, and a customer has one currency', async () => {
    const inactive = await priceOf('SUB-CLOUD-BASIC', false);
    const error = await failure(stripe.subscriptions.create({ customer, items: [{ price: inactive.id }] }));
    assert.equal(error.code, 'price_inactive');
    const other = currency === 'jpy' ? 'eur' : 'jpy';
    const [foreign] = (await stripe.prices.list({ lookup_keys: [`SUB-CLOUD-TEAM_${other}`] })).data;
    assert.match(
      (await failure(stripe.subscriptions.create({ customer, items: [{ price: foreign?.id ?? '' }] }))).message,
      /cannot combine currencies/,
    );
  });

  test('an invoice that is sent is a draft for an hour, then open; a draft is deleted, an open one voided', async () => {
    const [one, two] = [await open(1), await open(2)];
    const invoiceOf = async (of: Stripe.Subscription) => {
      const [invoice] = (await stripe.invoices.list({ subscription: of.id })).data;
      assert.ok(invoice);
      return invoice;
    };
    assert.equal((await invoiceOf(one)).status, 'draft');
    assert.equal((await stripe.invoices.del((await invoiceOf(one)).id)).deleted, true);
    clock.advance(3_600_000);
    const sent = await invoiceOf(two);
    assert.deepEqual([sent.status, (sent.due_date ?? 0) - sent.created], ['open', 30 * 86_400]);
    assert.equal((await failure(stripe.invoices.del(sent.id))).code, 'invoice_not_editable');
    assert.equal((await stripe.invoices.voidInvoice(sent.id)).status, 'void');
  });
});
