import { readFileSync } from 'node:fs';
import { keepRegister } from '../../events/register/keep-register.ts';
import { gatewayConfig } from '../../gateway/config.ts';
import type { HubContext } from '../../gateway/context.ts';
import { inProcess } from '../../gateway/execution/transports/in-process.ts';
import type { Transport } from '../../gateway/execution/transports/transport.ts';
import { createGateway } from '../../gateway/gateway.ts';
import { createMemoryCache } from '../../platform/cache/memory-cache.ts';
import { systemClock } from '../../platform/clock.ts';
import { readAll } from '../../platform/config.ts';
import type { Db } from '../../platform/db/db.ts';
import { HubError } from '../../platform/errors.ts';
import { SCOPES } from '../../platform/keys/scopes.ts';
import { silentLog } from '../../platform/log.ts';
import { readOwnership } from '../../platform/ownership/ownership.ts';
import { DATA_CLASSES, DEFAULT_BUDGET, type Principal, principalOf, type RowScope } from '../../platform/principal.ts';
import { createRowJudge } from '../../platform/rows/row-judge.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import type { World } from '../../sandbox/data/world.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/start.ts';
import { createBillingSubgraph } from '../../subgraphs/billing/subgraph.ts';
import { createCrmSubgraph } from '../../subgraphs/crm/subgraph.ts';
import { createErpSubgraph } from '../../subgraphs/erp/subgraph.ts';
import { connectIdentity } from '../../subgraphs/identity/connect.ts';
import { createIdentitySubgraph } from '../../subgraphs/identity/subgraph.ts';
import { systemConnectors } from '../../subgraphs/process/connect.ts';
import { startProcesses } from '../../subgraphs/process/start.ts';
import { createSupportSubgraph } from '../../subgraphs/support/subgraph.ts';
import { closeBeforeDatabase, testDatabase } from '../support/database.ts';
import { askHub, type GraphAnswer } from '../support/hub.ts';

export const SUPERGRAPH = readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');

/** A caller who may do everything, to the customers within the rows. */
export interface Caller {
  readonly name: string;
  readonly rows: RowScope | null;
}

export interface Fetched {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly unknown[];
}

/** The whole hub in the test's process, asked over HTTP by callers who differ in their rows. */
export interface HubOfCallers {
  readonly world: World;
  readonly sandbox: RunningSandbox;
  readonly db: Db;
  /** One fetch of a subgraph, as the gateway makes it for this caller. */
  fetch(caller: Caller, subgraph: string, query: string, variables: object): Promise<Fetched>;
  ask<Data = Record<string, unknown>>(caller: Caller, query: string, variables?: object): Promise<GraphAnswer<Data>>;
}

const SIZE = 60;

/** Enough for everything at once. */
const BUDGET = { ...DEFAULT_BUDGET, maxCost: 1_000_000 };

/** The way to a subgraph that is not asked here. */
const NOT_HERE: Transport = {
  fetch: () => Promise.reject(new HubError('UNAVAILABLE', 'not part of this test')),
  close: async () => {},
};

export async function openHubOfCallers(): Promise<HubOfCallers> {
  const { url: databaseUrl, db } = await testDatabase();
  const sandbox = await startSandbox({ customers: SIZE, latency: { minMs: 0, maxMs: 0 } });
  closeBeforeDatabase(() => sandbox.close());
  const cache = createMemoryCache({ clock: systemClock });
  const rows = createRowJudge({ db, clock: systemClock, log: silentLog });
  const services = { clock: systemClock, log: silentLog, cache, rows };
  const systems = readAll(systemConnectors(sandbox.environment, services));
  const identity = await connectIdentity(db, services);
  const register = await keepRegister({ identity, systems, log: silentLog });
  closeBeforeDatabase(() => register.close());
  const processes = await startProcesses({
    databaseUrl,
    db,
    executorId: 'rows',
    role: 'worker',
    ports: { ...systems, identity },
    ownership: readOwnership(SUPERGRAPH),
    clock: systemClock,
    log: silentLog,
  });
  closeBeforeDatabase(() => processes.close());
  const subgraphs = [
    createIdentitySubgraph(identity),
    createErpSubgraph(systems.erp),
    createBillingSubgraph(systems.billing),
    createCrmSubgraph(systems.crm),
    createSupportSubgraph(systems.support),
    processes.subgraph,
  ];
  const callers = new Map<string, Principal>();
  const principal = ({ name, rows: seen }: Caller): Principal => {
    const known =
      callers.get(name) ??
      principalOf({
        id: name,
        name,
        scopes: Object.keys(SCOPES),
        unmasked: DATA_CLASSES,
        rows: seen,
        actsFor: 'ERP',
        budget: BUDGET,
      });
    callers.set(name, known);
    return known;
  };
  const gateway = await createGateway({
    supergraphSdl: SUPERGRAPH,
    transports: {
      access: NOT_HERE,
      events: NOT_HERE,
      ...Object.fromEntries(subgraphs.map((one) => [one.name, inProcess(one, { log: silentLog })])),
    },
    authenticate: async (key) => callers.get(key) ?? null,
    config: { ...gatewayConfig({ PORT: '0', HUB_MODE: 'production' }), deadlineMs: 60_000 },
    log: silentLog,
  });
  closeBeforeDatabase(() => gateway.close());
  const { url } = await gateway.listen();
  return {
    world: createWorld({ seed: 1, size: SIZE, today: new Date().toISOString().slice(0, 10) }),
    sandbox,
    db,
    async fetch(caller, name, query, variables) {
      const subgraph = subgraphs.find((one) => one.name === name);
      if (subgraph === undefined) throw new Error(`there is no subgraph ${name}`);
      const call = { correlationId: 'entry', signal: AbortSignal.timeout(20_000) };
      const known = { call, principal: principal(caller), correlationId: 'entry', keptByTransports: new Map() };
      const context = known as unknown as HubContext; // what a transport reads
      const { data, errors = [] } = await inProcess(subgraph, { log: silentLog }).fetch(
        { query, variables: { ...variables } },
        context,
      );
      return JSON.parse(JSON.stringify({ data, errors }));
    },
    ask: (caller, query, variables) => askHub(url, principal(caller).id, query, variables),
  };
}
