import { monthsAfter, periodAt } from './calendar.ts';
import type { Catalog, CatalogPrice } from './catalog.ts';
import { missing, refused } from './errors.ts';
import { prorate } from './proration.ts';
import type {
  Account,
  InvoiceItemRecord,
  InvoiceRecord,
  ItemRecord,
  LineRecord,
  SubscriptionRecord,
} from './records.ts';

/** An item as a request names it. */
export interface ItemParams {
  readonly id?: string | undefined;
  readonly price?: string | undefined;
  readonly quantity?: number | undefined;
  readonly deleted?: boolean | undefined;
}

/** A draft is finalized about an hour after it was made: https://docs.stripe.com/invoicing/integration/workflow-transitions */
const FINALIZES_AFTER_SECONDS = 3_600;

/** The status that an invoice has by now. */
export const statusOf = (invoice: InvoiceRecord, now: number): InvoiceRecord['status'] =>
  invoice.status === 'draft' && now >= invoice.created + FINALIZES_AFTER_SECONDS ? 'open' : invoice.status;

/** The items that a request leaves, in their order. New ones get their id from `newId`. @throws StripeFault */
export function itemsAfter(
  current: readonly ItemRecord[],
  changes: readonly ItemParams[],
  context: { catalog: Catalog; currency: string; now: number; newId: () => string },
): ItemRecord[] {
  const items = current.map((item) => ({ ...item }));
  changes.forEach((change, at) => {
    const param = `items[${at}]`;
    if (change.id === undefined) {
      const price = sellable(context.catalog, change.price, context.currency, `${param}[price]`);
      if (items.some((item) => item.priceId === price.id)) {
        throw refused(`Cannot add multiple subscription items with the same plan: ${price.id}`, undefined, param);
      }
      items.push({ id: context.newId(), created: context.now, priceId: price.id, quantity: count(change, param, 1) });
      return;
    }
    const position = items.findIndex((item) => item.id === change.id);
    const item = items[position];
    if (!item) throw missing('subscription item', change.id, `${param}[id]`);
    if (change.deleted) {
      items.splice(position, 1);
      return;
    }
    const priceId = change.price
      ? sellable(context.catalog, change.price, context.currency, `${param}[price]`).id
      : item.priceId;
    items[position] = { ...item, priceId, quantity: count(change, param, item.quantity) };
  });
  if (items.length === 0) {
    throw refused('A subscription must have at least one active plan.', undefined, 'items');
  }
  if (items.length > 20) throw refused('A subscription can have at most 20 items.', undefined, 'items');
  return items;
}

function count(change: ItemParams, param: string, otherwise: number): number {
  const quantity = change.quantity ?? otherwise;
  if (quantity < 0) {
    throw refused('Invalid non-negative integer', 'parameter_invalid_integer', `${param}[quantity]`);
  }
  return quantity;
}

export function sellable(catalog: Catalog, id: string | undefined, currency: string, param: string): CatalogPrice {
  if (id === undefined) throw refused(`Missing required param: ${param}.`, 'parameter_missing', param);
  const price = catalog.byId(id);
  if (!price) throw missing('price', id, param);
  if (!price.active) {
    throw refused(`The price specified is inactive. This field only accepts active prices.`, 'price_inactive', param);
  }
  if (price.currency !== currency) {
    throw refused(
      `You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or invoice item with currency ${currency}`,
      undefined,
      param,
    );
  }
  return price;
}

/** What a month of these items costs. */
export const monthlyOf = (items: readonly ItemRecord[], catalog: Catalog): number =>
  items.reduce((sum, item) => sum + item.quantity * (catalog.byId(item.priceId)?.unitAmount ?? 0), 0);

/** One line for each item, for a whole month from `start`. */
export function monthLines(
  items: readonly ItemRecord[],
  subscriptionId: string,
  period: { start: number; end: number },
  catalog: Catalog,
  newId: () => string,
): LineRecord[] {
  const ahead = items.filter(({ priceId }) => !catalog.byId(priceId)?.metered); // use is charged when the month is over
  return ahead.map((item) => {
    const price = catalog.byId(item.priceId);
    return {
      id: newId(),
      amount: item.quantity * (price?.unitAmount ?? 0),
      description: `${item.quantity} × ${price?.name ?? ''}`,
      periodStart: period.start,
      periodEnd: period.end,
      proration: false,
      priceId: item.priceId,
      quantity: item.quantity,
      subscriptionId,
      itemId: item.id,
      invoiceItemId: null,
    };
  });
}

/** The pending invoice items that a change of items in the middle of the period makes. @throws StripeFault */
export function prorations(
  held: SubscriptionRecord,
  after: readonly ItemRecord[],
  at: number | undefined,
  context: { catalog: Catalog; now: number; newId: () => string },
): InvoiceItemRecord[] {
  const period = periodAt(held.anchor, context.now);
  const date = at ?? context.now;
  if (date < period.start || date > period.end) {
    throw refused(
      'Cannot specify a proration date outside of the current period of the subscription.',
      undefined,
      'proration_date',
    );
  }
  return prorate(held.items, after, period, date, context.catalog).map((line) => ({
    ...line,
    id: context.newId(),
    invoiceItemId: null,
    subscriptionId: held.id,
    customerId: held.customerId,
    currency: held.currency,
    date: context.now,
  }));
}

/** A pending item as a line of an invoice. */
export const lineOf = (item: InvoiceItemRecord, id: string): LineRecord => ({ ...item, id, invoiceItemId: item.id });

/** The invoice that comes next: what is pending, what the change adds, and the next month. Its ids are of no object. */
export function upcoming(
  account: Account,
  held: SubscriptionRecord | null,
  items: readonly ItemRecord[],
  added: readonly InvoiceItemRecord[],
  context: { catalog: Catalog; now: number },
): InvoiceRecord {
  let lines = 0;
  const lineId = () => {
    lines += 1;
    return `il_tmp_${lines}`;
  };
  const period = held ? nextPeriod(held.anchor, context.now) : periodAt(context.now, context.now);
  const pending = held ? account.pending.filter((item) => item.subscriptionId === held.id) : [];
  const subscriptionId = held?.id ?? 'sub_tmp';
  return {
    id: 'upcoming_in_tmp',
    customerId: account.customer.id,
    subscriptionId: held?.id ?? null,
    created: context.now,
    currency: account.customer.currency,
    reason: 'upcoming',
    lines: [
      ...[...pending, ...added].map((item) => lineOf(item, lineId())),
      ...monthLines(items, subscriptionId, period, context.catalog, lineId),
    ],
    collectionMethod: held?.collectionMethod ?? 'charge_automatically',
    daysUntilDue: held?.daysUntilDue ?? null,
    status: 'draft',
    amountPaid: 0,
    attemptCount: 0,
    nextPaymentAttempt: period.start,
    voidedAt: null,
    number: null,
  };
}

function nextPeriod(anchor: number, now: number): { start: number; end: number } {
  const { end } = periodAt(anchor, now);
  return { start: end, end: monthsAfter(end, 1) };
}
