import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fixedClock } from '../../../platform/clock.ts';
import { errorCode, HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import type { Fault } from '../../../sandbox/start.ts';
import type { Amendment, Subscription, SubscriptionDraft } from '../../../subgraphs/billing/model.ts';
import { call, list, writing } from '../../contract/billing.ts';
import { idOf, type StripeUnderTest, stripeUnderTest } from './stripe-world.ts';

const DAY_MS = 86_400_000;

describe('writes to Stripe', () => {
  const clock = fixedClock(`${new Date().toISOString().slice(0, 8)}10T12:00:00Z`);
  let stripe: StripeUnderTest;
  let customerId: SubscriptionDraft['customerId'];
  let draft: SubscriptionDraft;
  before(async () => {
    stripe = await stripeUnderTest({ clock, customers: 60 });
    const [first] = stripe.known;
    assert.ok(first);
    customerId = id(idOf(first));
    draft = {
      customerId,
      currency: first.currency,
      items: [{ sku: 'SUB-CLOUD-BUSINESS', quantity: 10 }],
      contractId: 'CT-1',
      legalEntityId: '2',
      paymentTerms: 'NET_30',
      salesOrderNumber: 'SO-1',
    };
  });
  after(() => stripe.sandbox.close());

  const effects = (effect: string) => stripe.sandbox.ledger('stripe').filter((entry) => entry.effect === effect);
  const today = () => new Date(clock.now()).toISOString().slice(0, 10);
  const amendmentOf = (of: Subscription, quantity: number): Amendment => ({
    subscriptionId: of.id,
    customerId: of.customerId,
    effectiveOn: today(),
    items: [{ sku: 'SUB-CLOUD-BUSINESS', quantity }],
    legalEntityId: null,
    paymentTerms: null,
  });
  async function under<T>(fault: Omit<Fault, 'vendor'>, run: () => Promise<T>): Promise<T> {
    stripe.sandbox.addFault({ vendor: 'stripe', ...fault });
    try {
      return await run();
    } finally {
      stripe.sandbox.removeFaults();
    }
  }
  const codeOf = (run: Promise<unknown>) =>
    run.then(
      () => 'no error',
      (error: unknown) => errorCode(error) ?? String(error),
    );

  test('days after Stripe forgot the key, opening again still finds what was opened', async () => {
    const { key } = writing();
    const opened = await stripe.port.openSubscription(draft, writing(key));
    clock.advance(3 * DAY_MS);
    const again = await stripe.port.openSubscription(draft, writing(key));
    assert.equal(again.id, opened.id);
    assert.equal(effects('subscription.opened').filter((entry) => entry.businessKey === key).length, 1);
  });

  test('a key that was never sent is not looked up; sent once more, and once more as if it never was, it opens nothing else', async () => {
    const { key } = writing();
    const before = stripe.sandbox.calls().length;
    const opened = await stripe.port.openSubscription(draft, { ...writing(key), isFirst: true });
    const asked = stripe.sandbox
      .calls()
      .slice(before)
      .map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(asked, ['GET /v1/prices', 'POST /v1/subscriptions']);
    for (const isFirst of [false, true]) {
      const again = await stripe.port.openSubscription(draft, { ...writing(key), isFirst });
      assert.equal(again.id, opened.id);
    }
    assert.equal(effects('subscription.opened').filter((entry) => entry.businessKey === key).length, 1);
  });

  test('days after Stripe forgot the key, amending again has no second effect', async () => {
    const opened = await stripe.port.openSubscription(draft, writing());
    const { key } = writing();
    await stripe.port.amend(amendmentOf(opened, 12), writing(key));
    const other = await stripe.port.amend(amendmentOf(opened, 15), writing());
    clock.advance(2 * DAY_MS);
    const again = await stripe.port.amend(amendmentOf(opened, 12), writing(key));
    assert.deepEqual(again.items, other.items);
    assert.equal(effects('subscription.amended').filter((entry) => entry.idempotencyKey === key).length, 1);
  });

  test('what was opened and ended leaves no invoice to pay and no proration', async () => {
    const { key } = writing();
    const opened = await stripe.port.openSubscription(draft, writing(key));
    clock.advance(DAY_MS); // by now the first invoice is no draft any more
    await stripe.port.cancelOpened({ customerId }, writing(key));
    await stripe.port.cancelOpened({ customerId }, writing(key));
    const mine = stripe.sandbox.ledger('stripe').filter((entry) => entry.businessKey === key);
    assert.deepEqual(
      mine.map((entry) => entry.effect),
      ['subscription.opened', 'invoice.created', 'subscription.cancelled', 'invoice.voided'],
    );
    const [page] = await stripe.port.subscriptionsOf([list(customerId, 100)], call());
    assert.equal(page?.entries.find((one) => one.id === opened.id)?.status, 'CANCELLED');
  });

  test('a preview comes to what the amendment then charges, and taking it back comes to nothing', async () => {
    const opened = await stripe.port.openSubscription(draft, writing());
    clock.advance(7 * DAY_MS + 12_345_000);
    const first = await stripe.port.amend(amendmentOf(opened, 13), writing()); // its prorations stay
    const preview = await stripe.port.previewAmendment(amendmentOf(first, 20), call());
    const { key } = writing();
    await stripe.port.amend(amendmentOf(first, 20), writing(key));
    const made = effects('proration.created').filter((entry) => entry.idempotencyKey === key);
    const charged = made.reduce((sum, entry) => sum + Number(entry.details.amount), 0);
    assert.equal(BigInt(charged), preview.proration.minor);
    assert.ok(charged > 0);

    await stripe.port.revertAmendment({ before: first }, writing());
    const deleted = new Set(effects('proration.deleted').map((entry) => entry.id));
    assert.ok(
      made.every((entry) => deleted.has(entry.id)),
      'its own prorations are gone',
    );
    const earlier = effects('proration.created').filter(
      (entry) => entry.details.subscription === opened.id && entry.idempotencyKey !== key,
    );
    assert.ok(earlier.length > 0 && earlier.every((entry) => !deleted.has(entry.id)), 'those of the day before stay');
    const [now] = await stripe.port.subscriptions([opened.id], call());
    assert.deepEqual(
      now?.items.map((item) => item.quantity),
      [13],
    );
  });

  test('reverting goes on where it was cut off', async () => {
    const opened = await stripe.port.openSubscription(draft, writing());
    await stripe.port.amend(amendmentOf(opened, 30), writing());
    const cut = await under({ kind: 'status', status: 500, match: `POST /v1/subscriptions/${opened.id}` }, () =>
      codeOf(stripe.port.revertAmendment({ before: opened }, writing())),
    );
    assert.equal(cut, 'IN_DOUBT');
    await stripe.port.revertAmendment({ before: opened }, writing());
    const [now] = await stripe.port.subscriptions([opened.id], call());
    assert.deepEqual(now?.items, opened.items);
    assert.equal((await stripe.port.previewAmendment(amendmentOf(opened, 10), call())).proration.minor, 0n);
  });

  test('a write without an answer is in doubt; asked again with its key it has one effect', async () => {
    const { key } = writing();
    const short = () => ({ ...writing(key), signal: AbortSignal.timeout(400) });
    const first = await under({ kind: 'apply-then-time-out', match: 'POST /v1/subscriptions$' }, () =>
      codeOf(stripe.port.openSubscription(draft, short())),
    );
    assert.equal(first, 'IN_DOUBT');
    await stripe.port.openSubscription(draft, writing(key));
    assert.equal(effects('subscription.opened').filter((entry) => entry.businessKey === key).length, 1);
  });

  test('the SDK sends nothing twice by itself, also when the connection breaks', async () => {
    stripe.sandbox.clearCalls();
    const code = await under({ kind: 'refuse', match: 'POST /v1/subscriptions$' }, () =>
      codeOf(stripe.port.openSubscription(draft, writing())),
    );
    assert.equal(code, 'IN_DOUBT');
    assert.equal(stripe.sandbox.calls().filter((one) => one.method === 'POST').length, 1);
  });

  const rateLimit =
    '{"error":{"message":"Request rate limit exceeded.","type":"invalid_request_error","code":"rate_limit"}}';
  const cardError =
    '{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"Your card 4242 has insufficient funds."}}';
  const json = 'application/json';
  const WRITES: readonly [string, Omit<Fault, 'vendor'>, string][] = [
    [
      '429 in Stripe’s shape',
      { kind: 'status', status: 429, body: rateLimit, contentType: json, retryAfter: '7' },
      'THROTTLED',
    ],
    ['429 without a body', { kind: 'status', status: 429 }, 'THROTTLED'],
    ['401', { kind: 'status', status: 401 }, 'CREDENTIAL'],
    ['402 with a card error', { kind: 'status', status: 402, body: cardError, contentType: json }, 'REFUSED'],
    [
      '500',
      { kind: 'status', status: 500, body: '{"error":{"type":"api_error","message":"oops"}}', contentType: json },
      'IN_DOUBT',
    ],
    [
      '503 from something in between',
      { kind: 'status', status: 503, body: '<html>', contentType: 'text/html' },
      'IN_DOUBT',
    ],
    ['200 with HTML', { kind: 'wrong-content-type', body: '<html>' }, 'IN_DOUBT'],
    ['an answer cut in the middle', { kind: 'cut-body' }, 'IN_DOUBT'],
  ];
  for (const [what, fault, expected] of WRITES) {
    test(`a write answered with ${what} is ${expected}`, async () => {
      const error = await under({ ...fault, match: 'POST /v1/subscriptions$' }, () =>
        stripe.port.openSubscription(draft, writing()).then(
          () => null,
          (thrown: unknown) => thrown,
        ),
      );
      assert.ok(error instanceof HubError, String(error));
      assert.equal(error.code, expected, error.message);
      assert.doesNotMatch(error.message, /4242|sk_test|127\.0\.0\.1/);
      if (fault.retryAfter) assert.equal(error.retryAfterMs, 7_000);
      if (fault.status === 402) assert.equal(error.reason, 'insufficient_funds');
    });
  }

  const READS: readonly [string, Omit<Fault, 'vendor'>, string][] = [
    ['503', { kind: 'status', status: 503 }, 'UNAVAILABLE'],
    ['429', { kind: 'status', status: 429, body: rateLimit, contentType: json }, 'THROTTLED'],
    ['no connection', { kind: 'refuse' }, 'UNAVAILABLE'],
    ['HTML', { kind: 'wrong-content-type', body: '<html>' }, 'CONTRACT_BROKEN'],
    ['a huge answer', { kind: 'huge-body' }, 'CONTRACT_BROKEN'],
  ];
  for (const [what, fault, expected] of READS) {
    test(`a read answered with ${what} is ${expected}`, async () => {
      const code = await under({ ...fault, match: 'GET /v1/subscriptions' }, () =>
        codeOf(stripe.port.subscriptionsOf([list(customerId)], call())),
      );
      assert.equal(code, expected);
    });
  }

  const READ_FIELDS = [
    'data',
    'data.0.id',
    'data.0.status',
    'data.0.currency',
    'data.0.customer',
    'data.0.start_date',
    'data.0.items.data.0.current_period_end',
    'data.0.items.data.0.quantity',
    'data.0.items.data.0.price.unit_amount',
    'data.0.items.data.0.price.recurring.interval',
  ];
  for (const field of READ_FIELDS) {
    test(`a subscription whose ${field} changes in any way is CONTRACT_BROKEN, and the error holds nothing of the answer`, async () => {
      await under({ kind: 'shape-change', field, match: 'GET /v1/subscriptions' }, async () => {
        for (let turn = 0; turn < (field === 'data' ? 3 : 4); turn += 1) {
          // an empty list is a promise kept
          const error = await stripe.port.subscriptionsOf([list(customerId)], call()).then(
            () => null,
            (thrown: unknown) => thrown,
          );
          assert.equal(errorCode(error), 'CONTRACT_BROKEN', `${field}, turn ${turn}`);
          assert.ok(error instanceof HubError && error.field !== undefined);
          assert.doesNotMatch(error.message, /sub_|cus_/);
        }
      });
    });
  }

  test('a read that gets no answer in its time is TIMEOUT', async () => {
    const code = await under({ kind: 'hang' }, () =>
      codeOf(stripe.port.customers([customerId], { ...call(), signal: AbortSignal.timeout(150) })),
    );
    assert.equal(code, 'TIMEOUT');
  });
});
