import { systemClock } from '../../../platform/clock.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../../../sandbox/start.ts';
import { readStripeConfig } from '../../../subgraphs/billing/connectors/stripe/config.ts';
import { stripe } from '../../../subgraphs/billing/connectors/stripe/connector.ts';
import type { BillingPort } from '../../../subgraphs/billing/port.ts';
import type { BillingUnderTest } from '../../contract/billing.ts';

export interface StripeUnderTest {
  readonly sandbox: RunningSandbox;
  readonly port: BillingPort;
  /** Customers of the world whom Stripe knows. */
  readonly known: readonly WorldCustomer[];
}

/** A sandbox without latency and the connector on it. */
export async function stripeUnderTest(options: SandboxOptions = {}): Promise<StripeUnderTest> {
  const [seed, customers] = [7, options.customers ?? 150];
  const sandbox = await startSandbox({ customers, seed, latency: { minMs: 0, maxMs: 0 }, ...options });
  const clock = options.clock ?? systemClock;
  const world = createWorld({ seed, size: customers, today: new Date(clock.now()).toISOString().slice(0, 10) });
  return {
    sandbox,
    port: stripe(readStripeConfig(sandbox.environment), clock),
    known: [...world.customers()].filter((one) => one.known.billing),
  };
}

export const idOf = ({ index }: WorldCustomer): string => keys.stripe.customer(index);

/** What the contract suite wants to know. */
export function underContract({ sandbox, port, known }: StripeUnderTest): BillingUnderTest {
  const [first, ...others] = known;
  const with_ = (test: (one: WorldCustomer) => boolean): string => {
    const found = others.find(test);
    if (!found) throw new Error('the world has no such customer');
    return idOf(found);
  };
  const has = (one: WorldCustomer, trait: WorldCustomer['traits'][number]) => one.traits.includes(trait);
  if (!first) throw new Error('the world is empty');
  return {
    port,
    customers: known.map((one) => ({ id: idOf(one), hubId: one.hubId, name: one.legalName, currency: one.currency })),
    standing: {
      CURRENT: with_((one) => one.payments.every((payment) => payment.status === 'SUCCEEDED')),
      RETRYING: with_((one) => has(one, 'failed-payment') && !has(one, 'collections')),
      PAST_DUE: with_((one) => has(one, 'collections')),
    },
    skus: ['SUB-CLOUD-BUSINESS', 'SUB-ARCHIVE'],
    unsold: 'SUB-CLOUD-BASIC', // in the catalogue, but inactive
    today: new Date().toISOString().slice(0, 10),
    close: () => sandbox.close(),
  };
}
