import { type Clock, day, fixedClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import { netsuite } from '../../../sandbox/data/keys.ts';
import type { Trait, World, WorldCustomer } from '../../../sandbox/data/world.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { connectErp } from '../../../subgraphs/erp/connect.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import type { ErpGround } from '../../contract/erp.ts';

export interface SandboxGround extends ErpGround {
  readonly sandbox: RunningSandbox;
  readonly world: World;
  readonly clock: Clock & { advance(ms: number): void };
}

/** The sandbox's ERP behind the port, without a cache, and what of its world the tests ask about. */
export async function sandboxGround(
  options: { customers?: number; env?: Readonly<Record<string, string>>; retryShare?: number } = {},
): Promise<SandboxGround> {
  const { customers = 60, env = {} } = options;
  const clock = fixedClock('2026-11-20T10:00:00Z');
  const world = createWorld({ seed: 1, size: customers, today: day(clock) });
  const sandbox = await startSandbox({ customers, clock, latency: { minMs: 0, maxMs: 0 } });
  // Breaker and retry belong to the platform's own tests: here each request shows what it alone does.
  const resilience = { breakAfter: 1_000, retryShare: 0 };
  const port: ErpPort = connectErp(
    { ...sandbox.environment, ...env },
    { clock, log: silentLog, cache: null, resilience },
  );
  const known = [...world.customers()].filter((customer) => customer.known.erp);
  const busy = known.find(({ orders, invoices }) => orders.length >= 2 && invoices.length >= 2);
  const buyer = known.find(({ traits, creditLimit }) => traits.length === 0 && creditLimit === null) ?? known[0];
  if (!busy || !buyer) throw new Error('the world is too small for these tests');
  const further = withFurtherEntity(world, known);
  const otherEntity = world.legalEntities.find(({ currency }) => currency !== buyer.currency);
  return {
    sandbox,
    world,
    clock,
    port,
    customers: [busy, ...known.filter((customer) => customer !== busy)].map((customer) => ({
      id: erpId(customer),
      hubId: customer.hubId,
      legalName: customer.legalName,
    })),
    buyer: asBuyer(buyer),
    onHold: asBuyer(withTrait(known, 'credit-hold')),
    withoutTax: asBuyer(withTrait(known, 'tax-refused')),
    otherLegalEntityId: otherEntity?.id ?? '',
    elsewhere: { buyer: asBuyer(further.customer), legalEntityId: further.entityId },
    otherCurrency: otherEntity?.currency ?? '',
    goods: 'GDS-SENSOR-25',
    subscription: 'SUB-CLOUD-TEAM',
    inactive: 'GDS-SENSOR-8',
    customerCount: known.length,
    close: () => sandbox.close(),
  };
}

export const erpId = (customer: WorldCustomer) => id<'ErpCustomer'>(netsuite.customer(customer.index));

const asBuyer = (customer: WorldCustomer) => ({
  id: erpId(customer),
  legalEntityId: customer.legalEntityId,
  currency: customer.currency,
});

/** Somebody whose currency another of our companies trades in too. */
function withFurtherEntity(world: World, customers: readonly WorldCustomer[]) {
  for (const customer of customers) {
    if (customer.traits.length > 0 || customer.creditLimit !== null) continue;
    const entity = world.legalEntities.find(
      ({ id: entityId, currency }) => entityId !== customer.legalEntityId && currency === customer.currency,
    );
    if (entity) return { customer, entityId: entity.id };
  }
  throw new Error('the world is too small for these tests');
}

function withTrait(customers: readonly WorldCustomer[], trait: Trait): WorldCustomer {
  const found = customers.find(({ traits }) => traits.includes(trait));
  if (!found) throw new Error(`the world has no customer that is ${trait}`);
  return found;
}
