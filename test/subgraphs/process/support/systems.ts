import { graphql } from 'graphql';
import { takeInDirectories } from '../../../../events/register/take-in.ts';
import { type Clock, systemClock } from '../../../../platform/clock.ts';
import type { Db } from '../../../../platform/db/db.ts';
import { silentLog } from '../../../../platform/log.ts';
import { readOutbox } from '../../../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../../../platform/outbox/tables.ts';
import { type Principal, principalOf } from '../../../../platform/principal.ts';
import type { Probe } from '../../../../platform/saga/executor.ts';
import type { VendorName } from '../../../../sandbox/core/vendor.ts';
import { createWorld } from '../../../../sandbox/data/generate.ts';
import type { Trait, World, WorldCustomer } from '../../../../sandbox/data/world.ts';
import { type RunningSandbox, startSandbox } from '../../../../sandbox/start.ts';
import type { ApprovalRules } from '../../../../subgraphs/process/approvals/approval-rules.ts';
import type { HubActs } from '../../../../subgraphs/process/port.ts';
import { startProcesses } from '../../../../subgraphs/process/start.ts';
import type { Ports } from '../../../../subgraphs/process/systems.ts';
import type { UsageRules } from '../../../../subgraphs/process/usage/usage-rules.ts';
import { QUICK } from '../../../saga/support/engine.ts';
import { testDatabase } from '../../../support/database.ts';
import { NO_DEADLINE } from '../../../support/no-deadline.ts';
import { connectAll, ownershipOfAll } from './ports.ts';

const SIZE = 120;

/** The process subgraph over the four vendors of the sandbox and a filled register. */
export interface Hub {
  readonly world: World;
  readonly sandbox: RunningSandbox;
  readonly ports: Ports;
  readonly databaseUrl: string;
  readonly db: Db;
  /** What events have it do by itself. */
  readonly acts: HubActs;
  /** A further worker in this process, on the same database. */
  startWorker(executorId: string, probe?: Probe): Promise<{ close(): Promise<void> }>;
  /** Asks the subgraph; fails on errors unless they are asked for. */
  ask<Data>(query: string, variables?: object, as?: Partial<Principal>): Promise<Data>;
  errorsOf(
    query: string,
    variables?: object,
    as?: Partial<Principal>,
  ): Promise<readonly { code: unknown; message: string }[]>;
  /** Effective writes under the keys of a process, per vendor. */
  effectsOf(processId: string): Record<VendorName, string[]>;
  /** What the world was told by a process: each event with what changed, in order. Example: `OrderAccepted sales-order:81`. */
  toldBy(processId: string): Promise<string[]>;
  /** One that no test has touched; of that currency. */
  freshCustomer(currency?: string): WorldCustomer;
  customerWith(trait: Trait): WorldCustomer;
  close(): Promise<void>;
}

export const correlated = { correlationId: 'cor-test', signal: NO_DEADLINE };

/** As `client` it accepts acts and leaves executing to workers that the test starts. */
export async function startHubOfProcesses(
  role: 'worker' | 'client' = 'worker',
  {
    clock = systemClock,
    approvals,
    usage,
    env = {},
    probe,
    customers = SIZE,
  }: {
    readonly clock?: Clock;
    readonly approvals?: ApprovalRules;
    readonly usage?: UsageRules;
    readonly env?: Readonly<Record<string, string>>;
    readonly probe?: Probe;
    /** Size of the sandbox's company. */
    readonly customers?: number;
  } = {},
): Promise<Hub> {
  const { url: databaseUrl, db } = await testDatabase();
  const sandbox = await startSandbox({ customers, latency: { minMs: 0, maxMs: 0 } });
  const ports = await connectAll({ ...sandbox.environment, ...env }, db);
  const { erp, billing, crm, support, identity } = ports;
  await takeInDirectories({
    identity,
    directories: { ERP: erp.directory, BILLING: billing.directory, CRM: crm.directory, SUPPORT: support.directory },
    log: silentLog,
    call: correlated,
  });
  const settings = {
    databaseUrl,
    db,
    ports,
    ownership: ownershipOfAll(),
    clock,
    log: silentLog,
    retry: QUICK,
    ...(approvals ? { approvals } : {}),
    ...(usage ? { usage } : {}),
  };
  const processes = await startProcesses({ ...settings, executorId: 'test', role, ...(probe ? { probe } : {}) });
  const { subgraph } = processes;
  const world = createWorld({ seed: 1, size: customers, today: new Date().toISOString().slice(0, 10) });
  const healthy = [...world.customers()].filter(
    ({ known, traits, creditHold, subscriptions }) =>
      Object.values(known).every(Boolean) &&
      traits.length === 0 &&
      !creditHold &&
      subscriptions.some(({ status }) => status === 'ACTIVE'),
  );
  let taken = 0;

  const run = (query: string, variables: object, as: Partial<Principal>) =>
    graphql({
      schema: subgraph.schema,
      source: query,
      variableValues: { ...variables },
      contextValue: subgraph.contextFor({
        call: { ...correlated, rows: as.rows ?? null },
        principal: principalOf({ id: 'tester', name: 'Tester', scopes: [], ...as }),
      }),
    });

  return {
    world,
    sandbox,
    ports,
    databaseUrl,
    db,
    acts: processes.acts,
    startWorker: (executorId, itsProbe) =>
      startProcesses({
        ...settings,
        // it goes on with much at once, and what is slow here is the machine
        retry: { ...QUICK, attemptTimeoutMs: 60_000 },
        ...{ executorId, role: 'worker', ...(itsProbe ? { probe: itsProbe } : {}) },
      }),
    async ask<Data>(query: string, variables: object = {}, as: Partial<Principal> = {}) {
      const { data, errors } = await run(query, variables, as);
      if (errors?.[0]) throw errors[0].originalError ?? errors[0];
      return JSON.parse(JSON.stringify(data)) as Data; // the test says which shape it asked for
    },
    async errorsOf(query, variables = {}, as = {}) {
      const { errors } = await run(query, variables, as);
      return (errors ?? []).map(({ message, extensions, originalError }) => ({
        code: extensions.code ?? (originalError as { code?: unknown } | undefined)?.code,
        message,
      }));
    },
    effectsOf: (processId) => {
      const of = (vendor: VendorName) =>
        sandbox
          .ledger(vendor)
          .filter((entry) => `${entry.businessKey} ${entry.idempotencyKey}`.includes(processId))
          .map(({ effect }) => effect);
      return { netsuite: of('netsuite'), stripe: of('stripe'), zendesk: of('zendesk'), salesforce: of('salesforce') };
    },
    async toldBy(processId) {
      const events = await readOutbox(db.withTables<OutboxTables>(), { after: '0', first: 1_000_000 });
      return events
        .filter(({ event }) => event.data.processId === processId)
        .map(({ name, event }) => `${name} ${event.data.entity}`);
    },
    freshCustomer(currency) {
      const at = healthy.findIndex((one, nr) => nr >= taken && (currency === undefined || one.currency === currency));
      const customer = healthy[at];
      taken = at + 1;
      if (!customer) throw new Error(`the world has only ${healthy.length} healthy customers`);
      return customer;
    },
    customerWith(trait) {
      for (const customer of world.customers()) {
        if (customer.traits.includes(trait) && (trait === 'prospect' || Object.values(customer.known).every(Boolean))) {
          return customer;
        }
      }
      throw new Error(`no customer with ${trait}`);
    },
    async close() {
      await processes.close();
      await sandbox.close();
    },
  };
}

/** Another of our companies that trades in the customer's currency. */
export function otherEntity(world: World, customer: WorldCustomer): string {
  const entity = world.legalEntities.find(
    ({ id, currency }) => id !== customer.legalEntityId && currency === customer.currency,
  );
  if (!entity) throw new Error(`only one company trades in ${customer.currency}`);
  return entity.id;
}

/** An active SKU that is sold in the currency and in stock. */
export function sellable(world: World, kind: 'GOODS' | 'SERVICE' | 'SUBSCRIPTION', currency: string, nth = 0): string {
  const products = world.products.filter(
    (one) =>
      one.kind === kind &&
      one.active &&
      one.prices[currency] !== undefined &&
      (one.onHand === null || one.onHand - one.committed > 100),
  );
  const product = products[nth];
  if (!product) throw new Error(`nothing of ${kind} is sold in ${currency}`);
  return product.sku;
}
