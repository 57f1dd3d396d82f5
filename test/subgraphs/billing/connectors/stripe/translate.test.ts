import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCode } from '../../../../../platform/errors.ts';
import { id } from '../../../../../platform/ids.ts';
import { money } from '../../../../../platform/money.ts';
import {
  moneyFrom,
  monthlyPrice,
  skuOf,
  toCollections,
  toPayment,
  toSubscription,
} from '../../../../../subgraphs/billing/connectors/stripe/translate.ts';
import {
  read,
  WireCharge,
  type WireInvoice,
  WirePrice,
  WireSubscription,
} from '../../../../../subgraphs/billing/connectors/stripe/wire.ts';

const FIXTURES = new URL('../../../../fixtures/stripe/', import.meta.url);
const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8'));
// as the connector asks for it: with its schedule written out
const subscription = (changes: object = {}) =>
  read(WireSubscription, { ...fixture('subscription'), schedule: null, ...changes });

test('a subscription comes over with its terms', () => {
  assert.deepEqual(toSubscription(subscription()), {
    id: 'sub_1Q8Example',
    customerId: 'cus_Example',
    status: 'ACTIVE',
    currency: 'EUR',
    items: [{ id: 'si_1', sku: 'SUB-CLOUD-TEAM', quantity: 12, unitPrice: money(2400, 'EUR') }],
    metered: [],
    startedOn: '2026-01-15',
    currentTermStartsOn: '2026-11-15',
    currentTermEndsOn: '2026-12-15',
    renewsOn: '2026-12-15',
    cancelledOn: null,
    contractId: 'CT-10001-1',
    legalEntityId: '2',
    paymentTerms: 'NET_30',
    reference: 'p-1:open-subscription',
    agreedTerm: null,
  });
});

test('every status that Stripe names has its word, and no other passes', () => {
  const WORDS = {
    trialing: 'TRIALING',
    active: 'ACTIVE',
    past_due: 'PAST_DUE',
    unpaid: 'UNPAID',
    paused: 'PAUSED',
    incomplete: 'INCOMPLETE',
    incomplete_expired: 'CANCELLED',
    canceled: 'CANCELLED',
  };
  for (const [status, word] of Object.entries(WORDS))
    assert.equal(toSubscription(subscription({ status })).status, word);
  for (const status of ['ACTIVE', 'on_fire', '', null]) {
    assert.throws(
      () => subscription({ status }),
      (error) => errorCode(error) === 'CONTRACT_BROKEN',
    );
  }
});

test('what is set to end does not renew', () => {
  assert.equal(toSubscription(subscription({ cancel_at_period_end: true })).renewsOn, null);
  assert.equal(toSubscription(subscription({ cancel_at: 1796688000 })).renewsOn, null);
  assert.equal(toSubscription(subscription({ cancel_at: 1896688000 })).renewsOn, '2026-12-15');
  const ended = toSubscription(subscription({ status: 'canceled', ended_at: 1795996800, canceled_at: 1795996800 }));
  assert.deepEqual([ended.renewsOn, ended.cancelledOn], [null, '2026-11-30']);
});

test('a customer that was expanded is as good as its id', () => {
  assert.equal(toSubscription(subscription({ customer: { id: 'cus_2', object: 'customer' } })).customerId, 'cus_2');
});

const price = (changes: object) => read(WirePrice, { ...fixture('price'), ...changes });

test('a SKU is in the price’s metadata, else in its lookup key, else there is none', () => {
  assert.equal(skuOf(price({ metadata: { sku: 'A' }, lookup_key: 'B_eur' })), 'A');
  assert.equal(skuOf(price({ metadata: {}, lookup_key: 'B_eur' })), 'B');
  for (const lookup_key of [null, 'B_usd', '_eur', '']) {
    assert.throws(
      () => skuOf(price({ metadata: {}, lookup_key })),
      (error) => errorCode(error) === 'CONTRACT_BROKEN',
    );
  }
});

test('a price of several months is a twelfth or a part of it, rounded half up', () => {
  const monthly = (unit_amount: number, interval: string, interval_count: number) =>
    monthlyPrice(price({ unit_amount, recurring: { interval, interval_count } })).minor;
  assert.equal(monthly(2400, 'month', 1), 2400n);
  assert.equal(monthly(2400, 'month', 3), 800n);
  assert.equal(monthly(12_000, 'year', 1), 1000n);
  assert.equal(monthly(1_006, 'year', 1), 84n);
  assert.throws(
    () => price({ recurring: { interval: 'week', interval_count: 1 } }),
    (error) => errorCode(error) === 'CONTRACT_BROKEN',
  );
  assert.throws(
    () => price({ unit_amount: null }),
    (error) => errorCode(error) === 'CONTRACT_BROKEN',
  );
});

test('money keeps its worth where Stripe counts in another unit than ISO 4217', () => {
  assert.deepEqual(moneyFrom(1050, 'eur'), money(1050, 'EUR'));
  assert.deepEqual(moneyFrom(1050, 'jpy'), money(1050, 'JPY'));
  assert.deepEqual(moneyFrom(1050, 'kwd'), money(1050, 'KWD'));
  assert.deepEqual(moneyFrom(105_000, 'isk'), money(1050, 'ISK'));
  assert.deepEqual(moneyFrom(105_000, 'ugx'), money(1050, 'UGX'));
  assert.deepEqual(moneyFrom(1050, 'mga'), money(105_000, 'MGA'));
  assert.deepEqual(moneyFrom(-150, 'isk'), money(-2, 'ISK'));
  assert.deepEqual(moneyFrom(Number.MAX_SAFE_INTEGER, 'usd'), money(9007199254740991n, 'USD'));
});

test('a charge is an attempt, with what became of it', () => {
  const charge = (changes: object) =>
    toPayment(read(WireCharge, { ...fixture('charge'), ...changes }), id('cus_Example'));
  assert.deepEqual(charge({}), {
    id: 'ch_1',
    customerId: 'cus_Example',
    status: 'FAILED',
    amount: money(34_272, 'EUR'),
    attemptedAt: '2026-11-15T00:10:00.000Z',
    failureReason: 'Your card has insufficient funds.',
    instrument: '4242',
  });
  assert.equal(charge({ failure_message: null }).failureReason, 'insufficient_funds');
  assert.deepEqual(
    [charge({ status: 'succeeded' }).status, charge({ status: 'succeeded' }).failureReason],
    ['SUCCEEDED', null],
  );
  assert.equal(charge({ status: 'succeeded', captured: true, refunded: true }).status, 'REFUNDED');
  assert.equal(charge({ status: 'succeeded', captured: false, refunded: true }).status, 'CANCELLED');
  assert.equal(charge({ status: 'pending' }).status, 'PENDING');
  assert.equal(
    charge({ payment_method_details: { type: 'sepa_debit', sepa_debit: { last4: '3000' } } }).instrument,
    '3000',
  );
  assert.equal(charge({ payment_method_details: { type: 'crypto', crypto: {} } }).instrument, null);
  assert.equal(charge({ payment_method_details: null }).instrument, null);
});

test('collections: given up is worse than overdue, overdue than tried again', () => {
  const NOW = 1_800_000_000;
  const invoice = (changes: Partial<WireInvoice> = {}): WireInvoice => ({
    id: 'in_1',
    status: 'open',
    currency: 'eur',
    amount_paid: 0,
    amount_remaining: 1000,
    attempt_count: 1,
    due_date: null,
    next_payment_attempt: null,
    ...changes,
  });
  const state = (open: WireInvoice[], uncollectible: WireInvoice[] = []) => {
    const { state, overdue, failedPayments, nextAttemptAt } = toCollections({ open, uncollectible }, 'EUR', NOW);
    return [state, overdue.minor, failedPayments, nextAttemptAt];
  };
  assert.deepEqual(state([]), ['CURRENT', 0n, 0, null]);
  assert.deepEqual(state([invoice({ attempt_count: 0, due_date: NOW + 1 })]), ['CURRENT', 0n, 0, null]);
  assert.deepEqual(state([invoice({ attempt_count: 0, due_date: NOW - 1 })]), ['PAST_DUE', 1000n, 0, null]);
  assert.deepEqual(state([invoice({ next_payment_attempt: NOW })]), ['RETRYING', 1000n, 1, '2027-01-15T08:00:00.000Z']);
  assert.deepEqual(state([invoice({ next_payment_attempt: NOW }), invoice({ attempt_count: 4 })]), [
    'PAST_DUE',
    2000n,
    5,
    '2027-01-15T08:00:00.000Z',
  ]);
  assert.deepEqual(state([], [invoice({ status: 'uncollectible', attempt_count: 4 })]), [
    'UNCOLLECTIBLE',
    1000n,
    4,
    null,
  ]);
  assert.deepEqual(state([invoice({ currency: 'usd' })]).slice(0, 2), ['PAST_DUE', 0n]);
});
