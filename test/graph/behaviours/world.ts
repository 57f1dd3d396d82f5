import { createWorld } from '../../../sandbox/data/generate.ts';
import type { Trait, World, WorldCustomer } from '../../../sandbox/data/world.ts';

/** The company behind the hub under test; the same seed and size as `startHub` gives the sandbox. */
export const world: World = createWorld({ seed: 1, size: 120, today: new Date().toISOString().slice(0, 10) });

const inAll = ({ known }: WorldCustomer): boolean => known.erp && known.billing && known.crm && known.support;

/** Customers that all four systems know and that nothing is wrong with, from the end, so that tests do not share them. */
const healthy = [...world.customers()].filter(
  (customer) =>
    inAll(customer) &&
    customer.traits.length === 0 &&
    !customer.creditHold &&
    customer.subscriptions.some(({ status }) => status === 'ACTIVE'),
);
let taken = 0;

/** A customer that no other test has touched. */
export function freshCustomer(): WorldCustomer {
  const customer = healthy[taken];
  if (!customer) throw new Error(`the world has only ${healthy.length} healthy customers; make it larger`);
  taken += 1;
  return customer;
}

export function customerWith(trait: Trait): WorldCustomer {
  for (const customer of world.customers())
    if (customer.traits.includes(trait) && (trait === 'prospect' || inAll(customer))) return customer;
  throw new Error(`no customer with ${trait}`);
}

/** An active SKU of a kind that is sold in the currency and, for goods, in stock. */
export function sellable(kind: 'GOODS' | 'SERVICE' | 'SUBSCRIPTION', currency: string): string {
  const product = world.products.find(
    (candidate) =>
      candidate.kind === kind &&
      candidate.active &&
      candidate.prices[currency] !== undefined &&
      (candidate.onHand === null || candidate.onHand - candidate.committed > 100),
  );
  if (!product) throw new Error(`nothing of ${kind} is sold in ${currency}`);
  return product.sku;
}

/** Lines that end up in all systems: a service, and seats. */
export const orderLines = (customer: WorldCustomer, seats = 3) => [
  { sku: sellable('SERVICE', customer.currency), quantity: 1 },
  { sku: sellable('SUBSCRIPTION', customer.currency), quantity: seats },
];
