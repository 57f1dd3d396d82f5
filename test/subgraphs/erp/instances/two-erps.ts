import type { RecordCache } from '../../../../platform/cache/record-cache.ts';
import { type Clock, day, fixedClock } from '../../../../platform/clock.ts';
import { id } from '../../../../platform/ids.ts';
import { silentLog } from '../../../../platform/log.ts';
import type { Resilience } from '../../../../platform/resilience/settings.ts';
import { createWorld } from '../../../../sandbox/data/generate.ts';
import { netsuite } from '../../../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../../../sandbox/data/world.ts';
import { type RunningSandbox, startSandbox } from '../../../../sandbox/start.ts';
import { connectErp } from '../../../../subgraphs/erp/connect.ts';
import type { CutoverBook } from '../../../../subgraphs/erp/instances/cutover.ts';
import type { ErpCustomerId } from '../../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../../subgraphs/erp/port.ts';

/** The American and Japanese companies keep their books in `us`, the European ones in `emea`. */
export const ROUTES = '1:us,5:us,2:emea,3:emea,4:emea';
const ENTITIES = { us: ['1', '5'], emea: ['2', '3', '4'] } as const;
/** Orders and invoices of the sandbox are numbered by customer: beyond this many, numbers of `emea` are its own. */
export const US_CUSTOMERS = 30;

export type Where = keyof typeof ENTITIES;

export interface TwoErps {
  readonly port: ErpPort;
  readonly clock: Clock & { advance(ms: number): void };
  readonly sandbox: Readonly<Record<Where, RunningSandbox>>;
  /** Customers of one of them that its ERP knows, and whose company's books it keeps. */
  readonly customers: Readonly<Record<Where, readonly WorldCustomer[]>>;
  readonly customerCount: number;
  readonly env: Readonly<Record<string, string>>;
  /** Another hub's port on the same two systems. */
  connect(also?: Also): ErpPort;
  close(): Promise<void>;
}

interface Also {
  readonly env?: Readonly<Record<string, string>>;
  readonly cutovers?: CutoverBook;
  readonly cache?: RecordCache;
  readonly resilience?: Partial<Resilience>;
}

/** Two NetSuite accounts with customers of their own, as two instances behind one port. Their hub ids begin alike. */
export async function twoErps(also: Also = {}): Promise<TwoErps> {
  const clock = fixedClock('2026-11-20T10:00:00Z');
  const sizes = { us: US_CUSTOMERS, emea: 60 };
  const latency = { minMs: 0, maxMs: 0 };
  const us = await startSandbox({ seed: 7, customers: sizes.us, clock, latency });
  const emea = await startSandbox({ seed: 1, customers: sizes.emea, clock, latency });
  const known = {
    us: knownIn(createWorld({ seed: 7, size: sizes.us, today: day(clock) }).customers()),
    emea: knownIn(createWorld({ seed: 1, size: sizes.emea, today: day(clock) }).customers()),
  };
  const env = {
    ERP_INSTANCES: 'us:netsuite,emea:netsuite',
    ERP_ROUTES: ROUTES,
    ...prefixed('ERP_US_', us.environment),
    ...prefixed('ERP_EMEA_', emea.environment),
  };
  const connect = ({ env: more = {}, resilience, ...services }: Also = {}) =>
    connectErp(
      { ...env, ...more },
      {
        clock,
        log: silentLog,
        cache: null,
        // Breaker and retry have their own tests: elsewhere each request shows what it alone does.
        resilience: { breakAfter: 1_000, retryShare: 0, ...resilience },
        ...services,
      },
    );
  const kept = (where: Where) =>
    known[where].filter(({ legalEntityId }) => (ENTITIES[where] as readonly string[]).includes(legalEntityId)); // any entity may be asked for
  return {
    port: connect(also),
    clock,
    sandbox: { us, emea },
    customers: { us: kept('us'), emea: kept('emea') },
    customerCount: known.us.length + known.emea.length,
    env,
    connect,
    close: async () => {
      await Promise.all([us.close(), emea.close()]);
    },
  };
}

export const erpId = (where: Where, { index }: WorldCustomer): ErpCustomerId =>
  id(`${where}~${netsuite.customer(index)}`);

const knownIn = (customers: Iterable<WorldCustomer>) => [...customers].filter((customer) => customer.known.erp);

/** The sandbox's variables for its NetSuite, under an instance's prefix. */
export const prefixed = (prefix: string, env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => name.startsWith('NETSUITE_'))
      .map(([name, value]) => [`${prefix}${name}`, value]),
  );
