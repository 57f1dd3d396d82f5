import type Stripe from 'stripe';
import type { Catalog, CatalogPrice } from '../catalog.ts';
import type { Plan, Price } from './wire.ts';

const PRICES_SINCE = Date.UTC(2024, 0, 1) / 1000;

/** https://docs.stripe.com/api/prices/object */
export function toPrice(price: CatalogPrice): Price {
  return {
    id: price.id,
    object: 'price',
    active: price.active,
    billing_scheme: 'per_unit',
    created: PRICES_SINCE,
    currency: price.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: price.lookupKey,
    metadata: { sku: price.sku },
    nickname: null,
    product: price.productId,
    recurring: { interval: 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
    tax_behavior: 'exclusive',
    tiers_mode: null,
    transform_quantity: null,
    type: 'recurring',
    unit_amount: price.unitAmount,
    unit_amount_decimal: String(price.unitAmount),
  };
}

/** https://docs.stripe.com/api/products/object */
export function toProduct(price: CatalogPrice): Stripe.Product {
  return {
    id: price.productId,
    object: 'product',
    active: price.active,
    created: PRICES_SINCE,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: { sku: price.sku },
    name: price.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: PRICES_SINCE,
    url: null,
  };
}

/** The older form of a price, which items still carry. */
export function toPlan(price: CatalogPrice): Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unitAmount,
    amount_decimal: String(price.unitAmount),
    billing_scheme: 'per_unit',
    created: PRICES_SINCE,
    currency: price.currency,
    interval: 'month',
    interval_count: 1,
    livemode: false,
    metadata: {},
    meter: null,
    nickname: null,
    product: price.productId,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

export const priceOf = (catalog: Catalog, id: string): CatalogPrice => {
  const price = catalog.byId(id);
  if (!price) throw new Error(`no price ${id}`);
  return price;
};
