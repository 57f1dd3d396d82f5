import type { Calendar } from './calendar.ts';
import { legalEntity } from './legal-entities.ts';
import { PRODUCTS, priceOf } from './products.ts';
import type { Random } from './random.ts';
import type { Trait, WorldCustomer } from './world.ts';

export type Order = WorldCustomer['orders'][number];
export type Invoice = WorldCustomer['invoices'][number];
export type Line = Order['lines'][number];

/** What the customer's trade is made from. */
export interface TradeTerms {
  readonly traits: readonly Trait[];
  readonly segment: WorldCustomer['segment'];
  readonly currency: string;
  readonly legalEntityId: string;
  readonly termDays: number;
}

const SCALE = { ENTERPRISE: 6, MID_MARKET: 3, SMALL_BUSINESS: 1 } as const;

const sellable = (kind: 'GOODS' | 'SERVICE'): [string, ...string[]] => {
  const [first = '', ...rest] = PRODUCTS.filter((p) => p.kind === kind && p.active && p.onHand !== 0).map((p) => p.sku);
  return [first, ...rest];
};
const GOODS = sellable('GOODS');
const SERVICES = sellable('SERVICE');

export const netOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);

export const taxOn = (net: number, legalEntityId: string): number =>
  Math.round((net * legalEntity(legalEntityId).taxPercent) / 100);

/** Orders from the newest to the oldest, so that what is still open comes first. */
export function orders(terms: TradeTerms, calendar: Calendar, random: Random): Order[] {
  const made: Order[] = [];
  let age = -random.int(2, 12);
  const count = random.int(2, 5);
  for (let i = 0; i < count; i += 1) {
    const lines = orderLines(terms, random);
    const net = netOf(lines);
    made.push({
      orderedOn: calendar.day(age),
      status: orderStatus(age, i, random),
      purchaseOrderNumber: random.chance(0.7) ? `PO-${random.int(10_000, 99_999)}` : null,
      lines,
      net,
      tax: taxOn(net, terms.legalEntityId),
    });
    age -= random.int(25, 160);
  }
  return made;
}

function orderLines(terms: TradeTerms, random: Random): Line[] {
  const lines: Line[] = [];
  const add = (sku: string, quantity: number): void => {
    if (lines.some((line) => line.sku === sku)) return;
    lines.push({ sku, quantity, unitPrice: priceOf(sku, terms.currency) });
  };
  const scale = SCALE[terms.segment];
  const goods = random.int(1, 3);
  for (let i = 0; i < goods; i += 1) add(random.pick(GOODS), random.int(1, 6 * scale));
  if (random.chance(0.4)) add(random.pick(SERVICES), random.int(1, 2 * scale));
  return lines;
}

/** What was ordered lately is under way, what is older is billed and then closed. */
function orderStatus(age: number, position: number, random: Random): Order['status'] {
  if (age > -16) return position === 0 && random.chance(0.3) ? 'PARTIALLY_FULFILLED' : 'PENDING_FULFILMENT';
  if (random.chance(0.06)) return 'CANCELLED';
  if (age > -30) return 'PENDING_BILLING';
  return age > -120 ? 'BILLED' : 'CLOSED';
}

/**
 * Invoices of the billed orders, then one each for the last months of subscriptions, newest first within each.
 * Older ones are paid; a customer in collections owes what fell due long ago.
 */
export function invoices(
  terms: TradeTerms,
  placed: readonly Order[],
  monthly: readonly Line[],
  calendar: Calendar,
  random: Random,
): Invoice[] {
  const made: Invoice[] = [];
  const add = (order: number | null, issued: number, lines: readonly Line[], total: number): void => {
    const due = issued + terms.termDays;
    const balance = balanceOf(terms.traits, total, due, random);
    made.push({
      order,
      issuedOn: calendar.day(issued),
      dueOn: calendar.day(due),
      lines,
      total,
      balance,
      status: balance === 0 ? 'PAID' : 'OPEN',
    });
  };
  placed.forEach((order, position) => {
    if (order.status !== 'BILLED' && order.status !== 'CLOSED') return;
    const issued = Math.min(calendar.offsetOf(order.orderedOn) + random.int(3, 14), -1);
    if (order.status === 'BILLED') add(position, issued, order.lines, order.net + order.tax);
    else made.push(paid(position, issued, order, terms.termDays, calendar));
  });
  const monthlyNet = netOf(monthly);
  if (monthlyNet > 0) {
    const total = monthlyNet + taxOn(monthlyNet, terms.legalEntityId);
    const latest = -random.int(1, 28);
    const months = terms.traits.includes('collections') ? 3 : 2; // the third is overdue on any terms
    for (let i = 0; i < months; i += 1) add(null, latest - 30 * i, monthly, total);
  }
  if (random.chance(0.08)) {
    const order = made.length > 0 ? made[made.length - 1] : undefined;
    if (order) made.push({ ...order, order: null, balance: 0, status: 'VOIDED' }); // issued twice by mistake
  }
  return made;
}

const paid = (order: number, issued: number, of: Order, termDays: number, calendar: Calendar): Invoice => ({
  order,
  issuedOn: calendar.day(issued),
  dueOn: calendar.day(issued + termDays),
  lines: of.lines,
  total: of.net + of.tax,
  balance: 0,
  status: 'PAID',
});

function balanceOf(traits: readonly Trait[], total: number, due: number, random: Random): number {
  if (traits.includes('collections')) return total;
  if ((traits.includes('failed-payment') || traits.includes('credit-hold')) && due > -45) return total;
  if (due < 0) return 0;
  return random.chance(0.15) ? Math.round(total * 0.4) : total;
}
