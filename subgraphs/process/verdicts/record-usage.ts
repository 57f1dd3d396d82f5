import type { Call } from '../../../platform/call.ts';
import { type Decimal, decimalOf, worthOf } from '../../../platform/decimal.ts';
import { id } from '../../../platform/ids.ts';
import { type Money, sum, zero } from '../../../platform/money.ts';
import type { Subscription, SubscriptionUsage } from '../../billing/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite, ProcessId } from '../model.ts';
import type { RecordUsage } from '../sagas/record-usage.ts';
import type { RecordUsageInput, Rejection } from '../schema.generated.ts';
import { MOST_EVENTS } from '../steps/billing/post-usage.ts';
import type { Ports } from '../systems.ts';
import type { UsageRules } from '../usage/usage-rules.ts';
import type { AcceptedUsage, UsageStore } from '../usage/usage-store.ts';
import { isId, judgeEnvelope } from './input.ts';
import { asKnown } from './known-customer.ts';
import { contentGiven, type JudgedEvent, judgeEvent, type UsageGrounds, type UsageOutcome } from './usage-event.ts';
import { collectReasons } from './verdict.ts';

export type UsageVerdict =
  /** The batch is not one: nothing was judged. */
  | { readonly kind: 'REFUSED'; readonly reasons: readonly Rejection[] }
  /** Nothing of it is new and right. */
  | { readonly kind: 'NOTHING_NEW'; readonly outcomes: readonly UsageOutcome[] }
  | {
      readonly kind: 'PASSED';
      readonly plan: RecordUsage;
      /** Some of it is more than the hub lets pass without a second person. */
      readonly unusual: boolean;
    };

export interface UsageServices {
  readonly ports: Ports;
  readonly usage: UsageStore;
  readonly rules: UsageRules;
  /** Milliseconds. */
  readonly now: number;
}

/** Judges every event of a batch, each with an outcome of its own. */
export async function judgeUsage(
  { ports, usage: store, rules, now }: UsageServices,
  input: RecordUsageInput,
  processId: ProcessId,
  reading: Call,
): Promise<UsageVerdict> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  const { events } = input;
  if (events.length < 1 || events.length > MOST_EVENTS) {
    reasons.add('BAD_VALUE', 'HUB', `a batch holds 1 to ${MOST_EVENTS} events`, 'events');
  }
  if (!ports.billing.capabilities.meteredUsage) {
    reasons.add('BAD_VALUE', 'BILLING', 'the billing system that is connected charges nothing by use', 'events');
  }
  if (reasons.all.length > 0) return { kind: 'REFUSED', reasons: reasons.all };

  const subscriptions = await subscriptionsIn(events, ports, reading);
  const owner = events.map(({ subscriptionId }) => subscriptions.get(subscriptionId)).find((one) => one !== undefined);
  const [found] =
    owner === undefined
      ? []
      : await ports.identity.byExternalId([{ system: 'BILLING', externalId: owner.customerId }], reading);
  const customer = found ? asKnown(found) : null;
  if (owner !== undefined && customer === null) {
    const message = 'the subscription belongs to a customer that the register does not know; link it first';
    reasons.add('UNKNOWN_CUSTOMER', 'HUB', message, 'events');
    return { kind: 'REFUSED', reasons: reasons.all };
  }
  const usage = await usageOf([...subscriptions.values()], ports, reading);
  const grounds: UsageGrounds = {
    subscriptions,
    usage,
    billingCustomerId: owner?.customerId ?? '',
    fractional: ports.billing.capabilities.fractionalUsage,
    rules,
    now,
  };
  const judged = await judgeAll(input, grounds, customer, store);
  if (judged.accepted.length === 0 || customer === null || owner === undefined) {
    return { kind: 'NOTHING_NEW', outcomes: judged.outcomes };
  }
  const charges = chargesOf(judged.accepted, usage, owner.currency);
  return {
    kind: 'PASSED',
    unusual: judged.unusual,
    plan: {
      processId,
      customer,
      billingCustomerId: owner.customerId,
      events: judged.accepted,
      outcomes: judged.outcomes,
      charges,
      writes: writesOf(judged.accepted),
    },
  };
}

async function subscriptionsIn(events: RecordUsageInput['events'], { billing }: Ports, reading: Call) {
  const ids = [...new Set(events.map(({ subscriptionId }) => subscriptionId))].filter(isId);
  const found = await billing.subscriptions(
    ids.map((one) => id<'Subscription'>(one)),
    reading,
  );
  return new Map(found.flatMap((one): [string, Subscription][] => (one === null ? [] : [[one.id, one]])));
}

async function usageOf(subscriptions: readonly Subscription[], { billing }: Ports, reading: Call) {
  const metered = subscriptions.filter((one) => one.metered.length > 0);
  const found = await billing.usage(
    metered.map((one) => ({ subscriptionId: one.id, days: null })),
    reading,
  );
  return new Map(
    found.flatMap((one): [string, SubscriptionUsage][] => (one === null ? [] : [[one.subscriptionId, one]])),
  );
}

interface Judged {
  readonly outcomes: readonly UsageOutcome[];
  readonly accepted: readonly AcceptedUsage[];
  readonly unusual: boolean;
}

/** Judges events in their order: what came first with an id is the event, what comes later its repetition. */
async function judgeAll(
  { events }: RecordUsageInput,
  grounds: UsageGrounds,
  customer: KnownCustomer | null,
  store: UsageStore,
): Promise<Judged> {
  const first = events.map((event) => judgeEvent(event, grounds));
  const ids = events.map((event) => event.id).filter(isId);
  const claims = customer === null ? new Map() : await store.claims(customer.id, [...new Set(ids)]);
  const days = await daysOf(first, customer, store);
  const here = new Map<string, string>();
  const accepted: AcceptedUsage[] = [];
  let unusual = false;

  const outcomes = events.map((event, at): UsageOutcome => {
    const told = outcome(event.id);
    const refused = (judged: Omit<Extract<JudgedEvent, { passed: false }>, 'passed'>): UsageOutcome => ({
      ...told,
      state: 'REJECTED',
      reason: judged.reason,
      message: judged.message,
      field: `events.${at}.${judged.field}`,
    });
    const judged = first[at] as JudgedEvent; // one for each event
    const claim = claims.get(event.id);
    const content = claim?.content ?? here.get(event.id);
    if (content !== undefined) {
      if (content === contentGiven(event)) return { ...told, state: 'DUPLICATE', processId: claim?.processId ?? null };
      const message = 'this id was used for other usage before; a new event has an id of its own';
      return refused({ reason: 'ID_REUSED', field: 'id', message });
    }
    if (!judged.passed) return refused(judged);
    const dayKey = `${event.sku} ${judged.event.occurredAt.slice(0, 10)}`;
    const units = (days.get(dayKey) ?? 0n) + judged.quantity;
    const aboveDay = units > decimalOf(String(grounds.rules.mostPerDay));
    if (aboveDay && grounds.rules.aboveLimit === 'reject') {
      const message = `the hub takes at most ${grounds.rules.mostPerDay} units for the customer and day`;
      return refused({ reason: 'ABOVE_LIMIT', field: 'quantity', message });
    }
    days.set(dayKey, units);
    unusual ||= judged.aboveLimit || aboveDay;
    here.set(event.id, judged.event.content);
    accepted.push(judged.event);
    return { ...told, countedAt: judged.event.countedAt };
  });
  return { outcomes, accepted, unusual };
}

const outcome = (eventId: string): UsageOutcome => ({
  id: eventId,
  state: 'ACCEPTED',
  reason: null,
  message: null,
  field: null,
  countedAt: null,
  processId: null,
});

/** Units that were accepted before, by SKU and day. */
async function daysOf(judged: readonly JudgedEvent[], customer: KnownCustomer | null, store: UsageStore) {
  const events = judged.flatMap((one) => (one.passed ? [one.event] : []));
  const days = events.map(({ occurredAt }) => occurredAt.slice(0, 10)).sort();
  const [from] = days;
  const last = days.at(-1);
  if (customer === null || from === undefined || last === undefined) return new Map<string, Decimal>();
  const until = new Date(Date.parse(last) + 86_400_000).toISOString().slice(0, 10);
  const skus = [...new Set(events.map(({ sku }) => sku))];
  const units = await store.acceptedOn(customer.id, { skus, from, until });
  return new Map([...units].map(([key, text]) => [key, decimalOf(text)]));
}

/** As if nothing was included: the most that it can come to. */
function chargesOf(
  events: readonly AcceptedUsage[],
  usage: ReadonlyMap<string, SubscriptionUsage>,
  currency: string,
): ChargeSummary {
  const units = new Map<string, { quantity: Decimal; price: Decimal }>();
  for (const { subscriptionId, sku, quantity } of events) {
    const price = usage.get(subscriptionId)?.meters.find((meter) => meter.sku === sku)?.overagePrice ?? '0';
    const before = units.get(`${subscriptionId} ${sku}`)?.quantity ?? 0n;
    units.set(`${subscriptionId} ${sku}`, { quantity: before + decimalOf(quantity), price: decimalOf(price) });
  }
  const worth: Money = sum(
    currency,
    [...units.values()].map(({ quantity, price }) => worthOf(quantity, price, currency)),
  );
  const none = zero(currency);
  return { currency, oneTime: worth, monthly: none, monthlyDifference: none, proration: null, tax: null };
}

/** One line for each subscription and product, with how much is added. */
function writesOf(events: readonly AcceptedUsage[]): PlannedWrite[] {
  const counts = new Map<string, number>();
  for (const { subscriptionId, sku } of events) {
    const of = `${sku} of ${subscriptionId}`;
    counts.set(of, (counts.get(of) ?? 0) + 1);
  }
  return [...counts].map(([of, count]) => ({
    system: 'BILLING',
    owner: 'BILLING',
    field: 'CustomerSubscription.usage',
    oldValue: null,
    newValue: `${count} events of ${of}`,
  }));
}
