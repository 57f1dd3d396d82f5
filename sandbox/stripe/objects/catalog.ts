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
    billing_scheme: price.metered ? 'tiered' : 'per_unit',
    created: PRICES_SINCE,
    currency: price.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: price.lookupKey,
    metadata: { sku: price.sku },
    nickname: null,
    product: price.productId,
    recurring: {
      interval: 'month',
      interval_count: 1,
      meter: price.metered?.meterId ?? null,
      trial_period_days: null,
      usage_type: price.metered ? 'metered' : 'licensed',
    },
    tax_behavior: 'exclusive',
    tiers_mode: price.metered ? 'graduated' : null,
    transform_quantity: null,
    type: 'recurring',
    unit_amount: price.metered ? null : price.unitAmount,
    unit_amount_decimal: price.metered ? null : String(price.unitAmount),
  };
}

/** The tiers of a price that is charged by use; told only to who asks for them by `expand`. */
export const tiersOf = ({ metered }: CatalogPrice) =>
  metered === null
    ? null
    : [
        { up_to: metered.included, unit_amount: 0, unit_amount_decimal: '0' },
        { up_to: null, unit_amount: wholeOrNull(metered.overage), unit_amount_decimal: metered.overage },
      ].map((tier) => ({ flat_amount: null, flat_amount_decimal: null, ...tier }));

const wholeOrNull = (decimal: string): number | null => (/^\d+$/.test(decimal) ? Number(decimal) : null);

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
    amount: price.metered ? null : price.unitAmount,
    amount_decimal: price.metered ? null : String(price.unitAmount),
    billing_scheme: price.metered ? 'tiered' : 'per_unit',
    created: PRICES_SINCE,
    currency: price.currency,
    interval: 'month',
    interval_count: 1,
    livemode: false,
    metadata: {},
    meter: price.metered?.meterId ?? null,
    nickname: null,
    product: price.productId,
    tiers_mode: price.metered ? 'graduated' : null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: price.metered ? 'metered' : 'licensed',
  };
}

export const priceOf = (catalog: Catalog, id: string): CatalogPrice => {
  const price = catalog.byId(id);
  if (!price) throw new Error(`no price ${id}`);
  return price;
};
