import { HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import { exponentOf, type Money, money, sum, times, zero } from '../../../../platform/money.ts';
import type {
  AgreedTerm,
  BillingCustomer,
  BillingCustomerId,
  Collections,
  CollectionsState,
  Payment,
  PaymentStatus,
  Subscription,
  SubscriptionItem,
  SubscriptionStatus,
} from '../../model.ts';
import { SYSTEM } from './failures.ts';
import type { WireCharge, WireCustomer, WireInvoice, WirePrice, WireSchedule, WireSubscription } from './wire.ts';

/** The keys of Stripe's metadata that the hub writes and reads. */
export const METADATA = {
  hubId: 'hub_id',
  /** The key under which the hub opened a subscription. */
  reference: 'hub_key',
  contractId: 'contract_id',
  legalEntityId: 'legal_entity_id',
  paymentTerms: 'payment_terms',
  salesOrder: 'sales_order',
  sku: 'sku',
} as const;

const STATUS = {
  trialing: 'TRIALING',
  active: 'ACTIVE',
  past_due: 'PAST_DUE',
  unpaid: 'UNPAID',
  paused: 'PAUSED',
  incomplete: 'INCOMPLETE',
  incomplete_expired: 'CANCELLED',
  canceled: 'CANCELLED',
} as const satisfies Record<WireSubscription['status'], SubscriptionStatus>;

/** What to ask Stripe for, to get the subscriptions of one status; `ended` is `canceled` and `incomplete_expired`. */
export const STATUS_FILTER = {
  TRIALING: 'trialing',
  ACTIVE: 'active',
  PAST_DUE: 'past_due',
  UNPAID: 'unpaid',
  PAUSED: 'paused',
  INCOMPLETE: 'incomplete',
  CANCELLED: 'ended',
} as const satisfies Record<SubscriptionStatus, string>;

/** Stripe counts these in another unit than ISO 4217: https://docs.stripe.com/currencies#special-cases */
const STRIPE_EXPONENT: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/** Stripe's days are those of UTC: its periods begin and end at an instant. */
export const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
export const instantOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

export function moneyFrom(amount: number, currency: string): Money {
  const code = currency.toUpperCase();
  const shift = exponentOf(code) - (STRIPE_EXPONENT[code] ?? exponentOf(code));
  const factor = 10n ** BigInt(Math.abs(shift));
  if (shift >= 0) return money(BigInt(amount) * factor, code);
  return money(divided(BigInt(amount), factor), code);
}

/** Rounded half away from zero. */
function divided(amount: bigint, by: bigint): bigint {
  const sign = amount < 0n ? -1n : 1n;
  return (sign * (2n * sign * amount + by)) / (2n * by);
}

export function toCustomer(wire: WireCustomer, asOf: string): BillingCustomer | null {
  if (wire.deleted) return null;
  return {
    id: id(wire.id),
    hubId: wire.metadata?.[METADATA.hubId] ?? null,
    name: wire.name ?? null,
    email: wire.email ?? null,
    asOf,
  };
}

/** The SKU of a price: in its metadata, else the part of its lookup key before `_<currency>`. @throws CONTRACT_BROKEN */
export function skuOf(price: Pick<WirePrice, 'currency' | 'lookup_key' | 'metadata'>): string {
  const suffix = `_${price.currency}`;
  const fromKey = price.lookup_key?.endsWith(suffix) ? price.lookup_key.slice(0, -suffix.length) : '';
  const sku = price.metadata[METADATA.sku] || fromKey;
  if (sku) return sku;
  throw new HubError('CONTRACT_BROKEN', `${SYSTEM} holds a price without a SKU; give it one in its metadata`, {
    system: SYSTEM,
    field: 'price.metadata.sku',
  });
}

/** One unit for one month; the price of several months is divided and rounded half away from zero. */
export function monthlyPrice(price: WirePrice): Money {
  const { interval, interval_count: count } = price.recurring;
  const whole = moneyFrom(price.unit_amount, price.currency);
  return money(divided(whole.minor, BigInt(interval === 'year' ? count * 12 : count)), whole.currency);
}

const toItem = (wire: WireSubscription['items']['data'][number]): SubscriptionItem => ({
  id: wire.id,
  sku: skuOf(wire.price),
  quantity: wire.quantity,
  unitPrice: monthlyPrice(wire.price),
});

/** The period that all items share; where they differ, from the latest start to the earliest end. */
export const periodOf = ({ items }: WireSubscription): { start: number; end: number } => ({
  start: Math.max(...[...items.data, ...items.metered].map((item) => item.current_period_start)),
  end: Math.min(...[...items.data, ...items.metered].map((item) => item.current_period_end)),
});

export function toSubscription(wire: WireSubscription): Subscription {
  const status = STATUS[wire.status];
  const { start, end } = periodOf(wire);
  const agreed = termOf(wire);
  const stops =
    status === 'CANCELLED' ||
    wire.cancel_at_period_end ||
    // Under a schedule `cancel_at` is where the phase ends, not the subscription.
    (agreed === null
      ? wire.cancel_at !== null && wire.cancel_at <= end
      : !agreed.runsOn && agreed.endsOn <= dayOf(end));
  const text = (key: string): string | null => wire.metadata[key] || null;
  return {
    id: id(wire.id),
    customerId: id(wire.customer),
    status,
    currency: wire.currency.toUpperCase(),
    items: wire.items.data.map(toItem),
    metered: wire.items.metered.map(({ id: itemId, price }) => ({
      id: itemId,
      sku: skuOf(price),
      meter: price.recurring.meter,
    })),
    startedOn: dayOf(wire.start_date),
    currentTermStartsOn: dayOf(start),
    currentTermEndsOn: dayOf(end),
    renewsOn: stops ? null : dayOf(end),
    cancelledOn: wire.ended_at === null ? null : dayOf(wire.ended_at),
    contractId: text(METADATA.contractId),
    legalEntityId: text(METADATA.legalEntityId),
    paymentTerms: text(METADATA.paymentTerms),
    reference: text(METADATA.reference),
    agreedTerm: agreed,
  };
}

/** The last phase of a schedule that is in force. */
export function termOf({ schedule }: Pick<WireSubscription, 'schedule'>): AgreedTerm | null {
  const last = schedule?.phases.at(-1);
  if (!schedule || !last || !inForce(schedule)) return null;
  return { startsOn: dayOf(last.start_date), endsOn: dayOf(last.end_date), runsOn: schedule.end_behavior !== 'cancel' };
}

export const inForce = ({ status }: WireSchedule): boolean => status === 'active' || status === 'not_started';

/** What the items cost in a month. */
export const monthlyTotal = (
  currency: string,
  items: readonly { readonly unitPrice: Money; readonly quantity: number }[],
): Money =>
  sum(
    currency,
    items.map((item) => times(item.unitPrice, item.quantity)),
  );

export function toPayment(wire: WireCharge, customerId: BillingCustomerId): Payment {
  const status = paymentStatus(wire);
  const details = wire.payment_method_details;
  const instrument: unknown = details ? details[details.type] : null;
  const last4 = typeof instrument === 'object' && instrument !== null ? Reflect.get(instrument, 'last4') : null;
  return {
    id: id(wire.id),
    customerId,
    status,
    amount: moneyFrom(wire.amount, wire.currency),
    attemptedAt: instantOf(wire.created),
    failureReason: status === 'FAILED' ? (wire.failure_message ?? wire.failure_code) : null,
    instrument: typeof last4 === 'string' ? last4 : null,
  };
}

const CHARGE_STATUS = { succeeded: 'SUCCEEDED', pending: 'PENDING', failed: 'FAILED' } as const satisfies Record<
  WireCharge['status'],
  PaymentStatus
>;

/** A refund of what was never captured is an authorization let go. */
function paymentStatus(wire: WireCharge): PaymentStatus {
  if (wire.status === 'succeeded' && wire.refunded) return wire.captured ? 'REFUNDED' : 'CANCELLED';
  return CHARGE_STATUS[wire.status];
}

/**
 * How billing stands with a customer, from the open and the given-up invoices. Overdue is what was tried without success
 * and what is past its due date.
 */
export function toCollections(
  invoices: { readonly open: readonly WireInvoice[]; readonly uncollectible: readonly WireInvoice[] },
  currency: string,
  nowSeconds: number,
): Collections {
  const due = invoices.open.filter(
    (invoice) => invoice.attempt_count > 0 || (invoice.due_date !== null && invoice.due_date < nowSeconds),
  );
  const attempts = due.flatMap((invoice) => invoice.next_payment_attempt ?? []);
  const first = attempts.length === 0 ? null : Math.min(...attempts);
  const owed = [...due, ...invoices.uncollectible].filter((one) => one.currency.toUpperCase() === currency);
  return {
    state: stateOf(due.length, attempts.length, invoices.uncollectible.length),
    overdue:
      owed.length === 0
        ? zero(currency)
        : sum(
            currency,
            owed.map((one) => moneyFrom(one.amount_remaining, one.currency)),
          ),
    failedPayments: [...due, ...invoices.uncollectible].reduce((count, invoice) => count + invoice.attempt_count, 0),
    nextAttemptAt: first === null ? null : instantOf(first),
  };
}

function stateOf(due: number, retried: number, givenUp: number): CollectionsState {
  if (givenUp > 0) return 'UNCOLLECTIBLE';
  if (due === 0) return 'CURRENT';
  return retried === due ? 'RETRYING' : 'PAST_DUE';
}
