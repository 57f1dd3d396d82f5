import { contractId, stripe as keys } from '../data/keys.ts';
import { meteredOf, usedAtFirst } from '../data/metered.ts';
import type { World, WorldCustomer } from '../data/world.ts';
import { DAY_SECONDS, periodAt, secondsOf } from './calendar.ts';
import type { Catalog } from './catalog.ts';
import { seededCharge, seededInvoice, seededItem } from './ids.ts';
import { prorate } from './proration.ts';
import type {
  Account,
  ChargeRecord,
  CustomerRecord,
  InvoiceItemRecord,
  InvoiceRecord,
  LineRecord,
  SubscriptionRecord,
  UsageRecord,
} from './records.ts';

/** Days until Stripe tries a failed payment again. */
const RETRY_DAYS = 3;
const TERM_DAYS = { DUE_ON_RECEIPT: 0, NET_15: 15, NET_30: 30, NET_45: 45, NET_60: 60 } as const;

/** What Stripe holds of a customer of the world when the sandbox starts; null when Stripe does not know the customer. */
export function seedAccount(world: World, catalog: Catalog, index: number): Account | null {
  if (index >= world.size) return null;
  const source = world.customer(index);
  if (!source.known.billing) return null;
  const subscriptions = source.subscriptions.map((_, at) => subscription(source, at, catalog));
  const attempts = source.payments.toReversed(); // the world has the newest first
  const failed = attempts.some((payment) => payment.status === 'FAILED');
  const first = subscriptions[0];
  if (first && failed && first.status === 'active') first.status = 'past_due';
  const invoices = first
    ? attempts.map((_, at) => invoice(source, at, attempts[at] ?? never(), first, catalog, secondsOf(world.today)))
    : [];
  if (first) first.latestInvoiceId = invoices.at(-1)?.id ?? null;
  return {
    customer: customer(source),
    subscriptions,
    invoices,
    pending: subscriptions.flatMap((held, at) => pendingOf(source, at, held, catalog)),
    charges: attempts.map((payment, at) => charge(source, payment, at)),
    schedules: [],
    usage: first && first.status !== 'canceled' ? usage(source, first, secondsOf(world.today)) : [],
    cardFails: failed,
  };
}

function customer(source: WorldCustomer): CustomerRecord {
  const { address } = source;
  const started = source.subscriptions.map((held) => secondsOf(held.startedOn));
  return {
    id: keys.customer(source.index),
    created: Math.min(...started, secondsOf('2024-01-01')) - DAY_SECONDS + (source.index % DAY_SECONDS),
    currency: source.currency.toLowerCase(),
    name: source.legalName,
    email: `billing@${source.domain}`,
    phone: source.phone,
    description: null,
    metadata: { hub_id: source.hubId },
    address: {
      line1: address.line1,
      city: address.city,
      state: address.region,
      postal_code: address.postalCode,
      country: address.country,
    },
  };
}

const STATUS = { ACTIVE: 'active', PAST_DUE: 'past_due', CANCELLED: 'canceled' } as const;

function subscription(source: WorldCustomer, at: number, catalog: Catalog): SubscriptionRecord {
  const held = source.subscriptions[at] ?? never();
  const anchor = secondsOf(held.startedOn);
  return {
    id: keys.subscription(source.index, at),
    customerId: keys.customer(source.index),
    created: anchor,
    currency: source.currency.toLowerCase(),
    anchor,
    status: STATUS[held.status],
    items: [...held.items, ...meteredOf(source.index, at).map(({ sku }) => ({ sku, quantity: 0 }))].map(
      (item, position) => ({
        id: seededItem.id(source.index, at * 20 + position),
        created: anchor,
        priceId: (catalog.bySku(item.sku, source.currency) ?? never()).id,
        quantity: item.quantity,
      }),
    ),
    metadata: {
      contract_id: held.contractId || contractId(source.index, at),
      legal_entity_id: source.legalEntityId,
      payment_terms: source.paymentTerms,
    },
    collectionMethod: 'charge_automatically',
    daysUntilDue: null,
    cancelAtPeriodEnd: false,
    canceledAt: held.cancelledOn === null ? null : secondsOf(held.cancelledOn),
    cancellationComment: null,
    latestInvoiceId: null,
  };
}

/** The seats of the last item were raised by a quarter on the day of the amendment; the difference waits for the next invoice. */
function pendingOf(source: WorldCustomer, at: number, held: SubscriptionRecord, catalog: Catalog): InvoiceItemRecord[] {
  const amendedOn = source.subscriptions[at]?.amendedOn;
  const item = held.items.findLast(({ priceId }) => !catalog.byId(priceId)?.metered);
  if (!amendedOn || !item || held.status === 'canceled') return [];
  const date = secondsOf(amendedOn);
  const period = periodAt(held.anchor, date);
  const before = { ...item, quantity: Math.max(1, Math.floor(item.quantity * 0.8)) };
  return prorate([before], [item], period, date, catalog).map((line, n) => ({
    ...line,
    id: `ii_1Q8S${held.id.slice(-18)}${n}0`,
    invoiceItemId: null,
    subscriptionId: held.id,
    customerId: held.customerId,
    currency: held.currency,
    date,
  }));
}

/** What was used in the running period so far, told to the meters in one event as the period began. */
function usage(source: WorldCustomer, held: SubscriptionRecord, today: number): UsageRecord[] {
  const { start } = periodAt(held.anchor, today);
  return meteredOf(source.index, 0).map((product) => ({
    identifier: `seed:${held.id}:${product.eventName}`,
    eventName: product.eventName,
    value: usedAtFirst(product, source.index),
    timestamp: start,
    received: start,
    cancelled: false,
  }));
}

type Payment = WorldCustomer['payments'][number];

function invoice(
  source: WorldCustomer,
  at: number,
  payment: Payment,
  held: SubscriptionRecord,
  catalog: Catalog,
  today: number,
): InvoiceRecord {
  const id = seededInvoice.id(source.index, at);
  const created = Math.floor(Date.parse(payment.attemptedAt) / 1000) - 3_600;
  const paid = payment.status === 'SUCCEEDED';
  const givenUp = source.traits.includes('collections');
  return {
    id,
    customerId: held.customerId,
    subscriptionId: held.id,
    created,
    currency: held.currency,
    reason: 'subscription_cycle',
    lines: [cycleLine(id, payment.amount, held, catalog, created)],
    collectionMethod: 'charge_automatically',
    daysUntilDue: TERM_DAYS[source.paymentTerms],
    status: paid ? 'paid' : 'open',
    amountPaid: paid ? payment.amount : 0,
    attemptCount: 1,
    nextPaymentAttempt: paid || givenUp ? null : today + RETRY_DAYS * DAY_SECONDS,
    voidedAt: null,
    number: `Q8${source.index}-${String(at + 1).padStart(4, '0')}`,
  };
}

/** One line for the whole month, tax included, as the payment was. */
function cycleLine(id: string, amount: number, held: SubscriptionRecord, catalog: Catalog, at: number): LineRecord {
  const period = periodAt(held.anchor, at);
  const item = held.items[0] ?? never();
  return {
    id: `il_1Q8S${id.slice(8)}`,
    amount,
    description: `${catalog.byId(item.priceId)?.name ?? ''} and other items`,
    periodStart: period.start,
    periodEnd: period.end,
    proration: false,
    priceId: item.priceId,
    quantity: item.quantity,
    subscriptionId: held.id,
    itemId: item.id,
    invoiceItemId: null,
  };
}

const charge = (source: WorldCustomer, payment: Payment, at: number): ChargeRecord => ({
  id: seededCharge.id(source.index, at),
  customerId: keys.customer(source.index),
  created: Math.floor(Date.parse(payment.attemptedAt) / 1000),
  currency: source.currency.toLowerCase(),
  amount: payment.amount,
  status: payment.status === 'SUCCEEDED' ? 'succeeded' : 'failed',
  failureCode: payment.failureReason,
  last4: payment.last4,
});

function never(): never {
  throw new Error('the world refers to something that it does not have');
}
