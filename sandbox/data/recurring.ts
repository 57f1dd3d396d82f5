import type { Calendar } from './calendar.ts';
import { contractId } from './keys.ts';
import { PRODUCTS, priceOf } from './products.ts';
import type { Random } from './random.ts';
import { type Line, netOf, type TradeTerms, taxOn } from './trade.ts';
import type { WorldCustomer } from './world.ts';

export type Subscription = WorldCustomer['subscriptions'][number];
type Payment = WorldCustomer['payments'][number];
type Entitlement = WorldCustomer['entitlements'][number];

const PLANS = ['SUB-CLOUD-TEAM', 'SUB-CLOUD-BUSINESS', 'SUB-CLOUD-ENTERPRISE'] as const;
const PLAN_OF = { SMALL_BUSINESS: PLANS[0], MID_MARKET: PLANS[1], ENTERPRISE: PLANS[2] } as const;
const SEATS = { SMALL_BUSINESS: 5, MID_MARKET: 20, ENTERPRISE: 80 } as const;
const [FIRST_ADD_ON = '', ...MORE_ADD_ONS] = PRODUCTS.filter(
  (p) => p.kind === 'SUBSCRIPTION' && p.active && !p.sku.startsWith('SUB-CLOUD-'),
).map((p) => p.sku);
const ADD_ONS: readonly [string, ...string[]] = [FIRST_ADD_ON, ...MORE_ADD_ONS];

/** One to three contracts; the running ones come first. Customer 0 and those amended stand in the middle of a month. */
export function subscriptions(index: number, terms: TradeTerms, calendar: Calendar, random: Random): Subscription[] {
  const amended = terms.traits.includes('amended-mid-term');
  const made: Subscription[] = [];
  const count = terms.segment === 'SMALL_BUSINESS' || random.chance(0.5) ? 1 : 2;
  for (let i = 0; i < count; i += 1) {
    const midTerm = index === 0 || (amended && i === 0);
    const day = midTerm ? Math.min(Number(calendar.day(-14).slice(8)), 28) : random.int(1, 28);
    const thisMonth = day <= Number(calendar.today.slice(8)) ? 0 : -1;
    const periodStartsOn = calendar.dayOfMonth(thisMonth, day);
    made.push({
      startedOn: calendar.dayOfMonth(thisMonth - random.int(2, 30), day),
      status: terms.traits.includes('failed-payment') && i === 0 ? 'PAST_DUE' : 'ACTIVE',
      periodStartsOn,
      periodEndsOn: calendar.dayOfMonth(thisMonth + 1, day),
      contractId: contractId(index, i),
      items: items(terms, i, random),
      amendedOn: amended && i === 0 ? calendar.day(-random.int(3, 9)) : null,
      cancelledOn: null,
    });
  }
  if (index !== 0 && random.chance(0.12)) made.push(cancelled(index, made.length, terms, calendar, random));
  return made;
}

function items(terms: TradeTerms, position: number, random: Random): Subscription['items'] {
  const seats = SEATS[terms.segment] + random.int(0, SEATS[terms.segment]);
  const main = position === 0 ? PLAN_OF[terms.segment] : 'SUB-TELEMETRY-PLUS';
  const lines = [{ sku: main as string, quantity: seats }];
  const extra = random.int(0, 2);
  for (let i = 0; i < extra; i += 1) {
    const sku = random.pick(ADD_ONS);
    if (lines.every((line) => line.sku !== sku)) lines.push({ sku, quantity: random.int(1, seats) });
  }
  return lines;
}

function cancelled(
  index: number,
  position: number,
  terms: TradeTerms,
  calendar: Calendar,
  random: Random,
): Subscription {
  const day = random.int(1, 28);
  const months = -random.int(3, 14);
  return {
    startedOn: calendar.dayOfMonth(months - random.int(4, 18), day),
    status: 'CANCELLED',
    periodStartsOn: calendar.dayOfMonth(months, day),
    periodEndsOn: calendar.dayOfMonth(months + 1, day),
    contractId: contractId(index, position),
    items: [{ sku: 'SUB-TELEMETRY', quantity: SEATS[terms.segment] + random.int(1, 20) }],
    amendedOn: null,
    cancelledOn: calendar.day(calendar.offsetOf(calendar.dayOfMonth(months, day)) + random.int(1, 25)),
  };
}

/** What the running subscriptions are charged for a month, before tax. */
export const monthlyLines = (held: readonly Subscription[], currency: string): Line[] =>
  held.flatMap(({ status, items }) =>
    status === 'CANCELLED' ? [] : items.map((item) => ({ ...item, unitPrice: priceOf(item.sku, currency) })),
  );

const REASONS = ['card_declined', 'insufficient_funds', 'expired_card'] as const;

/** What was charged for the running months, tax included, newest first; with `collections` three attempts failed in a row. */
export function payments(
  held: readonly Subscription[],
  terms: TradeTerms,
  calendar: Calendar,
  random: Random,
): Payment[] {
  const net = netOf(monthlyLines(held, terms.currency));
  const periodStart = held[0]?.periodStartsOn;
  if (net === 0 || periodStart === undefined) return [];
  const amount = net + taxOn(net, terms.legalEntityId);
  const last4 = String(random.int(0, 9999)).padStart(4, '0');
  const chargedOn = Math.min(calendar.offsetOf(periodStart), -1);
  const made: Payment[] = [];
  const add = (offset: number, failureReason: string | null): void => {
    const status = failureReason === null ? 'SUCCEEDED' : 'FAILED';
    made.push({ attemptedAt: calendar.at(offset, random.int(60, 1300)), amount, status, failureReason, last4 });
  };
  const failures = terms.traits.includes('collections') ? 3 : terms.traits.includes('failed-payment') ? 1 : 0;
  const reason = random.pick(REASONS);
  for (let i = 0; i < failures; i += 1) add(chargedOn - 30 * i, reason);
  for (let i = failures; i < 3; i += 1) add(chargedOn - 30 * i, null);
  return made;
}

/** What support grants: the seats of each running item; with `over-licensed` more are in use than were bought. */
export function entitlements(held: readonly Subscription[], terms: TradeTerms, random: Random): Entitlement[] {
  const made: Entitlement[] = [];
  held.forEach((subscription, position) => {
    if (subscription.status === 'CANCELLED') return;
    for (const { sku, quantity } of subscription.items) {
      const over = terms.traits.includes('over-licensed') && made.length === 0;
      made.push({
        subscription: position,
        sku,
        seats: quantity,
        seatsUsed: over ? quantity + random.int(2, 12) : random.int(Math.floor(quantity / 2), quantity),
        startsOn: subscription.startedOn,
      });
    }
  });
  return made;
}
