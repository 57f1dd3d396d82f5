import type { Catalog } from './catalog.ts';
import type { LineRecord } from './records.ts';

interface Held {
  readonly id: string;
  readonly priceId: string;
  readonly quantity: number;
}

export type ProrationLine = Omit<LineRecord, 'id' | 'invoiceItemId' | 'subscriptionId'>;

/**
 * What a change in the middle of a period is worth, as Stripe computes it
 * (https://docs.stripe.com/billing/subscriptions/prorations): for each item that changed, the unused rest of the old is
 * credited and the rest of the new charged, to the second, each line rounded to the smallest unit on its own, half away
 * from zero. Items that stay as they are make no line.
 */
export function prorate(
  before: readonly Held[],
  after: readonly Held[],
  period: { readonly start: number; readonly end: number },
  at: number,
  catalog: Catalog,
): ProrationLine[] {
  const lines: ProrationLine[] = [];
  const line = (item: Held, sign: 1 | -1): void => {
    const price = catalog.byId(item.priceId);
    if (!price) throw new Error(`no price ${item.priceId}`);
    const whole = price.unitAmount * item.quantity;
    lines.push({
      amount: sign * shareOf(whole, period.end - at, period.end - period.start),
      description: `${sign < 0 ? 'Unused' : 'Remaining'} time on ${item.quantity} × ${price.name} after ${new Date(at * 1000).toISOString().slice(0, 10)}`,
      periodStart: at,
      periodEnd: period.end,
      proration: true,
      priceId: item.priceId,
      quantity: item.quantity,
      itemId: item.id,
    });
  };
  for (const old of before) {
    const now = after.find((item) => item.id === old.id);
    if (now && now.quantity === old.quantity && now.priceId === old.priceId) continue;
    line(old, -1);
    if (now) line(now, 1);
  }
  for (const added of after) if (!before.some((item) => item.id === added.id)) line(added, 1);
  return lines;
}

/** `amount * part / whole`, rounded half up; exact beyond 2^53. */
export function shareOf(amount: number, part: number, whole: number): number {
  const [n, d] = [BigInt(amount) * BigInt(part), BigInt(whole)];
  return Number((2n * n + d) / (2n * d));
}
