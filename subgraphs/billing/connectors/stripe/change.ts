import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';
import { dayOf, periodOf, skuOf } from './translate.ts';
import type { WirePrice, WireSubscription } from './wire.ts';

/** One line of a change of items, as `subscriptions.update` and `invoices.create_preview` both take it. */
export type ItemChange =
  | { readonly id: string; readonly quantity: number }
  | { readonly id: string; readonly deleted: true }
  | { readonly price: string; readonly quantity: number };

interface Wanted {
  readonly sku: string;
  readonly quantity: number;
}

/** SKUs that the subscription does not have yet, and which therefore need a price. */
export function newSkus(current: WireSubscription, wanted: readonly Wanted[]): string[] {
  const held = new Set(current.items.data.map((item) => skuOf(item.price)));
  return wanted.map(({ sku }) => sku).filter((sku) => !held.has(sku));
}

/** What to send so that the subscription ends up with just these items; what stays as it is is left out. */
export function changesTo(
  current: WireSubscription,
  wanted: readonly Wanted[],
  prices: ReadonlyMap<string, WirePrice>,
): ItemChange[] {
  const changes: ItemChange[] = [];
  const left = new Map(wanted.map((item) => [item.sku, item.quantity]));
  for (const item of current.items.data) {
    const sku = skuOf(item.price);
    const quantity = left.get(sku);
    left.delete(sku);
    if (quantity === undefined) changes.push({ id: item.id, deleted: true });
    else if (quantity !== item.quantity) changes.push({ id: item.id, quantity });
  }
  for (const [sku, quantity] of left) {
    const price = prices.get(sku);
    if (!price) throw new Error(`no price was looked up for ${sku}`);
    changes.push({ price: price.id, quantity });
  }
  return changes;
}

/**
 * The instant from which money counts: the first of `effectiveOn`, UTC, or the period's own start where it begins later
 * that day. The same for preview and amendment, so that both come to the same amount.
 * @throws REFUSED for a day outside the running period: Stripe cannot prorate it
 */
export function prorationDate(effectiveOn: string, current: WireSubscription): number {
  const { start, end } = periodOf(current);
  if (effectiveOn < dayOf(start) || effectiveOn > dayOf(end)) {
    throw new HubError(
      'REFUSED',
      `${SYSTEM} can amend from ${dayOf(start)} to ${dayOf(end)}, the running period; not from ${effectiveOn}`,
      { system: SYSTEM, field: 'effectiveOn', reason: 'effective_date_outside_period' },
    );
  }
  return Math.min(Math.max(Date.parse(`${effectiveOn}T00:00:00Z`) / 1000, start), end);
}

/** @throws REFUSED once it has ended */
export function mustRun(current: WireSubscription): void {
  if (current.status !== 'canceled' && current.status !== 'incomplete_expired') return;
  throw new HubError('REFUSED', `${SYSTEM} has ended this subscription; open a new one`, {
    system: SYSTEM,
    field: 'subscriptionId',
    reason: 'subscription_ended',
  });
}
