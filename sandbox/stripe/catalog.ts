import type { World } from '../data/world.ts';
import { encode } from './ids.ts';

export interface CatalogPrice {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  /** Lower case, as Stripe writes it. */
  readonly currency: string;
  /** Per unit and month, in the currency's smallest unit. */
  readonly unitAmount: number;
  readonly active: boolean;
  readonly lookupKey: string;
}

/** What the company sells by subscription: one product for each SKU, one monthly price for each currency. */
export interface Catalog {
  readonly prices: readonly CatalogPrice[];
  byId(id: string): CatalogPrice | undefined;
  byLookupKey(key: string): CatalogPrice | undefined;
  bySku(sku: string, currency: string): CatalogPrice | undefined;
}

export const lookupKeyOf = (sku: string, currency: string): string => `${sku}_${currency.toLowerCase()}`;

export function createCatalog(world: World): Catalog {
  const prices = world.products
    .filter((product) => product.kind === 'SUBSCRIPTION')
    .flatMap((product, at) =>
      Object.entries(product.prices).map(
        ([currency, unitAmount], column): CatalogPrice => ({
          id: `price_1Q8P${encode(at * 1_000 + column + 1, 20)}`,
          productId: `prod_Q8${encode(at + 1, 12)}`,
          sku: product.sku,
          name: product.name,
          currency: currency.toLowerCase(),
          unitAmount,
          active: product.active,
          lookupKey: lookupKeyOf(product.sku, currency),
        }),
      ),
    );
  const ids = new Map(prices.map((price) => [price.id, price]));
  const lookupKeys = new Map(prices.map((price) => [price.lookupKey, price]));
  return {
    prices,
    byId: (id) => ids.get(id),
    byLookupKey: (key) => lookupKeys.get(key),
    bySku: (sku, currency) => lookupKeys.get(lookupKeyOf(sku, currency)),
  };
}
