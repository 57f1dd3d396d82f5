import type { Money } from '../../../platform/money.ts';
import type { Product } from '../model.ts';

/** One SKU as one of the ERPs holds it. */
export interface HeldProduct {
  readonly instance: string;
  readonly product: Product;
}

/** Whose word holds for prices in a currency: the ERPs with a legal entity that trades in it, in their order. */
export type HomesOfCurrency = (currency: string) => readonly string[];

/**
 * One SKU in several ERPs is one product. Name, kind and tax class are told by the first that holds it; it is active where
 * any sells it; stock is the sum. A price is told by the first home of its currency that can be asked and holds the SKU;
 * where no home holds it, by the first that does. `silent` is who could not be asked: while all homes are silent their
 * prices are left out, for what an ERP of other companies says is not what they charge. Holders come in the order of the
 * configuration.
 */
export function mergedProduct(
  [first, ...others]: readonly [HeldProduct, ...HeldProduct[]],
  homesOf: HomesOfCurrency,
  silent: ReadonlySet<string>,
): Product {
  const held = [first, ...others];
  const listPrices: Record<string, Money> = {};
  for (const currency of new Set(held.flatMap(({ product }) => Object.keys(product.listPrices)))) {
    const homes = homesOf(currency);
    if (homes.length > 0 && homes.every((home) => silent.has(home))) continue;
    const home = held.find(({ instance }) => homes.includes(instance));
    const tellers = home === undefined ? held : [home];
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
