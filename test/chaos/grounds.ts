import type { World } from '../../sandbox/data/world.ts';
import { askHub, type KeyName } from '../support/hub.ts';
import type { Ground } from './acts.ts';

/** Customers that acts are made on: many enough that some acts meet, few enough that not all do. */
const GROUNDS = 60;

const SUBSCRIPTIONS = `query ($id: ID!) { customer(id: $id) { subscriptions(first: 1, status: ACTIVE) { nodes { id items { sku quantity } } } } }`;

interface Held {
  readonly customer: {
    subscriptions: { nodes: { id: string; items: { sku: string; quantity: number }[] }[] } | null;
  } | null;
}

/** Customers whom all systems know and nothing is wrong with, in the order of the world. */
export async function findGrounds(
  world: World,
  hub: { readonly url: string; readonly keys: Readonly<Record<KeyName, string>> },
): Promise<readonly Ground[]> {
  const sound = [...world.customers()]
    .filter(
      ({ known, traits, creditHold }) => Object.values(known).every(Boolean) && traits.length === 0 && !creditHold,
    )
    .slice(0, GROUNDS);
  const grounds: Ground[] = [];
  for (const customer of sound) {
    const { data } = await askHub<Held>(hub.url, hub.keys.operator, SUBSCRIPTIONS, { id: customer.hubId });
    grounds.push({
      customer,
      subscription: data.customer?.subscriptions?.nodes[0] ?? null,
      service: soldIn(world, 'SERVICE', customer.currency),
      seat: soldIn(world, 'SUBSCRIPTION', customer.currency),
    });
  }
  return grounds;
}

function soldIn(world: World, kind: 'SERVICE' | 'SUBSCRIPTION', currency: string): string {
  const found = world.products.find((one) => one.kind === kind && one.active && one.prices[currency] !== undefined);
  if (found === undefined) throw new Error(`nothing of ${kind} is sold in ${currency}`);
  return found.sku;
}
