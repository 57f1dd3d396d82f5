import { MINOR_PER_EURO_CENT } from '../data/legal-entities.ts';
import { METERED, overagePrice } from '../data/metered.ts';
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
  /** Charged by use, in graduated tiers: nothing up to `included`, then `overage` a unit. null: by quantity. */
  readonly metered: { readonly meterId: string; readonly included: number; readonly overage: string } | null;
}

/** Counts what customers use: https://docs.stripe.com/api/billing/meter */
export interface CatalogMeter {
  readonly id: string;
  readonly eventName: string;
  readonly name: string;
}

/** What the company sells by subscription: one product for each SKU, one monthly price for each currency. */
export interface Catalog {
  readonly prices: readonly CatalogPrice[];
  readonly meters: readonly CatalogMeter[];
  byId(id: string): CatalogPrice | undefined;
  byLookupKey(key: string): CatalogPrice | undefined;
  bySku(sku: string, currency: string): CatalogPrice | undefined;
}

export const lookupKeyOf = (sku: string, currency: string): string => `${sku}_${currency.toLowerCase()}`;

export function createCatalog(world: World): Catalog {
  const subscribed = world.products.filter((product) => product.kind === 'SUBSCRIPTION');
  const licensed = subscribed.flatMap((product, at) =>
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
        metered: null,
      }),
    ),
  );
  const meters = METERED.map(
    ({ eventName, name }, at): CatalogMeter => ({ id: `mtr_test_61Q8${encode(at + 1, 24)}`, eventName, name }),
  );
  const byUse = METERED.flatMap((product, at) =>
    Object.keys(MINOR_PER_EURO_CENT).map((currency, column): CatalogPrice => {
      const nth = subscribed.length + at;
      return {
        id: `price_1Q8P${encode(nth * 1_000 + column + 1, 20)}`,
        productId: `prod_Q8${encode(nth + 1, 12)}`,
        sku: product.sku,
        name: product.name,
        currency: currency.toLowerCase(),
        unitAmount: 0, // nothing is charged ahead
        active: true,
        lookupKey: lookupKeyOf(product.sku, currency),
        metered: {
          meterId: meters[at]?.id ?? '',
          included: product.included,
          overage: overagePrice(product, currency),
        },
      };
    }),
  );
  const prices = [...licensed, ...byUse];
  const ids = new Map(prices.map((price) => [price.id, price]));
  const lookupKeys = new Map(prices.map((price) => [price.lookupKey, price]));
  return {
    prices,
    meters,
    byId: (id) => ids.get(id),
    byLookupKey: (key) => lookupKeys.get(key),
    bySku: (sku, currency) => lookupKeys.get(lookupKeyOf(sku, currency)),
  };
}
