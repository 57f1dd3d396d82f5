import type { World, WorldCustomer } from '../../sandbox/data/world.ts';
import { askHub, type KeyName } from '../support/hub.ts';
import type { Ground } from './acts.ts';

/** Customers that acts are made on: many enough that some acts meet, few enough that not all do. */
const GROUNDS = 60;
/** The last of them are merged, two by two. */
const TWINS = 16;

const HELD = `query ($id: ID!) { customer(id: $id) {
  subscriptions(first: 1, status: ACTIVE) { nodes { id items { sku quantity } usage { sku } } }
  cases(first: 10) { nodes { id status } }
  installedAssets(first: 1) { nodes { serialNumber } }
  salesOrders(first: 10) { nodes { id lines { sku fulfilledQuantity } } }
} }`;

interface Held {
  readonly customer: {
    subscriptions: {
      nodes: { id: string; items: { sku: string; quantity: number }[]; usage: { sku: string }[] }[];
    } | null;
    cases: { nodes: { id: string; status: string }[] } | null;
    installedAssets: { nodes: { serialNumber: string }[] } | null;
    salesOrders: { nodes: { id: string; lines: { sku: string; fulfilledQuantity: number | null }[] }[] } | null;
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
  const twins = twinsAmong(sound.slice(-TWINS));
  const grounds: Ground[] = [];
  for (const customer of sound) {
    const { data } = await askHub<Held>(hub.url, hub.keys.operator, HELD, { id: customer.hubId });
    const openCase = data.customer?.cases?.nodes.find(({ status }) => status !== 'SOLVED' && status !== 'CLOSED');
    const asset = data.customer?.installedAssets?.nodes[0];
    const delivered = data.customer?.salesOrders?.nodes.find(({ lines }) => (lines[0]?.fulfilledQuantity ?? 0) > 0);
    grounds.push({
      customer,
      subscription: data.customer?.subscriptions?.nodes[0] ?? null,
      service: soldIn(world, 'SERVICE', customer.currency),
      seat: soldIn(world, 'SUBSCRIPTION', customer.currency),
      broken: openCase && asset ? { caseId: openCase.id, serialNumber: asset.serialNumber } : null,
      delivered: delivered?.lines[0] ? { salesOrderId: delivered.id, sku: delivered.lines[0].sku } : null,
      legalEntityId: customer.legalEntityId,
      otherEntityId:
        world.legalEntities.find(({ id, currency }) => id !== customer.legalEntityId && currency === customer.currency)
          ?.id ?? null,
      twin: twins.get(customer) ?? null,
    });
  }
  return grounds;
}

/** Each with the next that trades in its currency: two that do not cannot be one. */
function twinsAmong(customers: readonly WorldCustomer[]): ReadonlyMap<WorldCustomer, WorldCustomer> {
  const twins = new Map<WorldCustomer, WorldCustomer>();
  for (const same of Map.groupBy(customers, ({ currency }) => currency).values()) {
    for (let at = 0; at + 1 < same.length; at += 2) {
      const [one, other] = [same[at], same[at + 1]];
      if (one && other) twins.set(one, other);
    }
  }
  return twins;
}

function soldIn(world: World, kind: 'SERVICE' | 'SUBSCRIPTION', currency: string): string {
  const found = world.products.find((one) => one.kind === kind && one.active && one.prices[currency] !== undefined);
  if (found === undefined) throw new Error(`nothing of ${kind} is sold in ${currency}`);
  return found.sku;
}
