import { createWorld } from '../../../sandbox/data/generate.ts';
import type { Trait, World, WorldCustomer } from '../../../sandbox/data/world.ts';
import { TEST_CUSTOMERS } from '../../support/hub.ts';

/** The company behind the hub under test; the same seed and size as `startHub` gives the sandbox. */
export const world: World = createWorld({
  seed: 1,
  size: TEST_CUSTOMERS,
  today: new Date().toISOString().slice(0, 10),
});

const inAll = ({ known }: WorldCustomer): boolean => known.erp && known.billing && known.crm && known.support;

/** From here on customers belong to the test that reads fifty at once. */
export const FIRST_OF_PAGE = 340;

/** Customers that all four systems know and that nothing is wrong with. */
const healthy = [...world.customers()].filter(
  (customer) =>
    inAll(customer) &&
    customer.index < FIRST_OF_PAGE &&
    customer.traits.length === 0 &&
    !customer.creditHold &&
    customer.subscriptions.some(({ status }) => status === 'ACTIVE'),
);
let taken = 0;

/** A customer that no other test has touched. */
export function freshCustomer(currency?: string): WorldCustomer {
  while (currency !== undefined && healthy[taken] && healthy[taken]?.currency !== currency) taken += 1;
  const customer = healthy[taken];
  if (!customer) throw new Error(`the world has only ${healthy.length} healthy customers; make it larger`);
  taken += 1;
  return customer;
}

/** Traits of customers that not every system knows. */
const PARTLY_KNOWN: ReadonlySet<Trait> = new Set(['prospect', 'merged-away']);

export function customerWith(trait: Trait): WorldCustomer {
  for (const customer of world.customers())
    if (customer.traits.includes(trait) && (PARTLY_KNOWN.has(trait) || inAll(customer))) return customer;
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
