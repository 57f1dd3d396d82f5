import { amountText, type Money, moneyOf, sum, times } from '../../../platform/money.ts';
import type { QuoteLineInput } from '../schema.generated.ts';
import type { Priced } from './sold-items.ts';
import type { Reasons } from './verdict.ts';

/** A line with what the quote offers beside the list price. */
export interface Offered extends Priced {
  readonly offered: Money;
  /** Below the list price, in tenths of a percent, rounded to nearest; negative above it. */
  readonly discountTenths: number;
}

/** Price rules: never above the list, and below it only as far as a quote may go. */
export function judgePrices(
  priced: readonly Priced[],
  lines: readonly QuoteLineInput[],
  mostPercent: number,
  reasons: Reasons,
): Offered[] {
  return priced.map((line) => {
    const { product, unitPrice: list, at } = line;
    const offered = offeredIn(lines[at], list);
    const field = `lines.${at}.unitPrice`;
    if (offered.minor > list.minor) {
      reasons.add(
        'PRICE_CHANGED',
        'ERP',
        `${product.sku} costs ${amountText(list)} ${list.currency} by the price list; the quote asks more: ${amountText(offered)}`,
        field,
        amountText(list),
      );
    }
    const lowest = { ...list, minor: (list.minor * BigInt(100 - mostPercent) + 99n) / 100n };
    if (offered.minor < lowest.minor) {
      reasons.add(
        'DISCOUNT_TOO_HIGH',
        'HUB',
        `${product.sku} is offered at ${amountText(offered)} ${list.currency}; a quote may go ${mostPercent} % below the list price, to ${amountText(lowest)}`,
        field,
        amountText(lowest),
      );
    }
    const discountTenths =
      list.minor === 0n ? 0 : Math.round((Number(list.minor - offered.minor) * 1_000) / Number(list.minor));
    return { ...line, offered, discountTenths };
  });
}

/** A price that is no number is a finding of its own; the list price stands in for it. */
function offeredIn(line: QuoteLineInput | undefined, list: Money): Money {
  const text = line?.unitPrice ?? null;
  return text === null || !/^\d{1,18}(\.\d{1,6})?$/.test(text) ? list : moneyOf(text, list.currency);
}

/** Total of some lines by the quote's own prices. */
export const offeredTotal = (currency: string, lines: readonly Offered[]): Money =>
  sum(
    currency,
    lines.map(({ offered, quantity }) => times(offered, quantity)),
  );
