import type { Money } from '../../../platform/money.ts';
import type { Product } from '../model.ts';

/** One SKU as one of the ERPs holds it. */
export interface HeldProduct {
  readonly instance: string;
  readonly product: Product;
}

/** Whose word holds for prices in a currency: the ERP with a legal entity that trades in it; null: none has one. */
export type HomeOfCurrency = (currency: string) => string | null;

/**
 * One SKU in several ERPs is one product. Name, kind and tax class are told by the first that holds it; it is active where
 * any sells it; stock is the sum. A price in a currency is told by the currency's home alone: `silent` is who could not be
 * asked, and its prices are left out rather than told by another. A home that does not hold the SKU leaves the price to
 * the first that does. Ask with at least one holder, in the order of the configuration.
 */
export function mergedProduct(
  [first, ...others]: readonly [HeldProduct, ...HeldProduct[]],
  homeOf: HomeOfCurrency,
  silent: ReadonlySet<string>,
): Product {
  const held = [first, ...others];
  const listPrices: Record<string, Money> = {};
  for (const currency of new Set(held.flatMap(({ product }) => Object.keys(product.listPrices)))) {
    const home = homeOf(currency);
    if (home !== null && silent.has(home)) continue;
    const tellers = held.some(({ instance }) => instance === home)
      ? held.filter(({ instance }) => instance === home)
      : held;
    const price = tellers.map(({ product }) => product.listPrices[currency]).find((told) => told !== undefined);
    if (price !== undefined) listPrices[currency] = price;
  }
  const stocks = held.flatMap(({ product }) => (product.inventory === null ? [] : [product.inventory]));
  return {
    ...first.product,
    active: held.some(({ product }) => product.active),
    listPrices,
    inventory: stocks.length === 0 ? null : stocks.reduce(together),
  };
}

type Stock = NonNullable<Product['inventory']>;

/** As old as the older of the two. */
const together = (a: Stock, b: Stock): Stock => ({
  onHand: a.onHand + b.onHand,
  available: a.available + b.available,
  asOf: a.asOf < b.asOf ? a.asOf : b.asOf,
});
