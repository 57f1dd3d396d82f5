import { readFileSync } from 'node:fs';
import { feedRules } from '../../events/ingest/feeds/config.ts';
import { changeFeeds } from '../../events/ingest/feeds/feeds.ts';
import { keepRegister } from '../../events/register/keep-register.ts';
import { gatewayConfig } from '../../gateway/config.ts';
import { inProcess } from '../../gateway/execution/transports/in-process.ts';
import type { Transport } from '../../gateway/execution/transports/transport.ts';
import { createGateway } from '../../gateway/gateway.ts';
import { createCache } from '../../platform/cache/create-cache.ts';
import { DEFAULT_LIFE } from '../../platform/cache/life.ts';
import type { SourceNote } from '../../platform/call.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { readAll } from '../../platform/config.ts';
import { HubError } from '../../platform/errors.ts';
import type { ChangeFeed } from '../../platform/feeds/change-feed.ts';
import { SCOPES } from '../../platform/keys/scopes.ts';
import { silentLog } from '../../platform/log.ts';
import { readOwnership } from '../../platform/ownership/ownership.ts';
import { DATA_CLASSES, DEFAULT_BUDGET, principalOf } from '../../platform/principal.ts';
import { sourceFigures } from '../../platform/resilience/figures.ts';
import { createSources } from '../../platform/resilience/sources.ts';
import { tellSourceViews } from '../../platform/resilience/views.ts';
import type { VendorName } from '../../sandbox/core/vendor.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/start.ts';
import { createBillingSubgraph } from '../../subgraphs/billing/subgraph.ts';
import { createCrmSubgraph } from '../../subgraphs/crm/subgraph.ts';
import { createErpSubgraph } from '../../subgraphs/erp/subgraph.ts';
import { connectIdentity } from '../../subgraphs/identity/connect.ts';
import type { CustomerId } from '../../subgraphs/identity/model.ts';
import { createIdentitySubgraph } from '../../subgraphs/identity/subgraph.ts';
import { systemConnectors } from '../../subgraphs/process/connect.ts';
import { startProcesses } from '../../subgraphs/process/start.ts';
import { createSupportSubgraph } from '../../subgraphs/support/subgraph.ts';
import { CUSTOMER_360 } from '../graph/behaviours/queries.ts';
import { closeBeforeDatabase, testDatabase } from '../support/database.ts';
import { askHub, type GraphAnswer } from '../support/hub.ts';

const SUPERGRAPH = readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');

/** A vendor with the system that it is, and a field that it answers for in the 360 view. */
export const SECTIONS = [
  { vendor: 'netsuite', system: 'ERP', field: 'legalName' },
  { vendor: 'stripe', system: 'BILLING', field: 'subscriptions' },
  { vendor: 'salesforce', system: 'CRM', field: 'segment' },
  { vendor: 'zendesk', system: 'SUPPORT', field: 'cases' },
] as const satisfies readonly { vendor: VendorName; system: string; field: string }[];

/** The smallest question to each system. */
export const ONE_OF: Readonly<Record<string, string>> = {
  ERP: 'query ($id: ID!) { customer(id: $id) { legalName } }',
  BILLING: 'query ($id: ID!) { customer(id: $id) { billingEmail } }',
  CRM: 'query ($id: ID!) { customer(id: $id) { segment } }',
  SUPPORT: 'query ($id: ID!) { customer(id: $id) { supportTier } }',
};

export interface View extends GraphAnswer<{ customer: Readonly<Record<string, unknown>> | null }> {
  /** How a system answered, as `extensions.sources` says. */
  source(system: string): SourceNote | undefined;
}

/** The whole hub in the test's process, on a clock that can be moved on. */
export interface HubOfSources {
  readonly url: string;
  readonly sandbox: RunningSandbox;
  readonly clock: Clock & {
    advance(ms: number): void;
    /** From now on time passes by `advance` alone. */
    stop(): void;
    goOn(): void;
  };
  /** The 360 view of a customer, or another question about it. */
  view(id: string, query?: string): Promise<View>;
  ask<Data>(query: string): Promise<GraphAnswer<Data>>;
  /** Asks a system what changed, as a poll does; nothing is kept of it. */
  poll(system: string): ReturnType<ChangeFeed['read']>;
  /** A customer whom all systems know, and whom nobody has read. */
  fresh(): string;
  /** What a vendor was asked since the sandbox's calls were last cleared; without sign-ins. */
  calls(vendor: VendorName): number;
  metrics(): Promise<string>;
  /** Has what is kept of a customer's ERP record be forgotten, as an event does. */
  forget(id: string): Promise<void>;
  /** Ends all trouble, and lets breakers, pauses and what is kept become old. */
  calm(): Promise<void>;
  close(): Promise<void>;
}

const NOT_HERE: Transport = {
  fetch: () => Promise.reject(new HubError('UNAVAILABLE', 'not part of this test')),
  close: async () => {},
};
const KEY = 'somebody who may see everything';
const SIGN_IN = /oauth|token/;

/** @param env beside the sandbox's. Over a sandbox that is there already it is another process of the same hub. */
export async function openHubOfSources(
  options: {
    redisUrl?: string;
    env?: Readonly<Record<string, string>>;
    sandbox?: RunningSandbox;
    clock?: HubOfSources['clock'];
    /** Nothing is kept. */
    withoutCache?: boolean;
  } = {},
): Promise<HubOfSources> {
  const redisUrl = options.redisUrl ?? null;
  const { url: databaseUrl, db } = await testDatabase();
  const open = new AsyncDisposableStack();
  const sandbox = options.sandbox ?? (await startSandbox({ customers: 120, latency: { minMs: 0, maxMs: 0 } }));
  if (options.sandbox === undefined) open.defer(() => sandbox.close());
  let ahead = 0;
  let stoppedAt: number | null = null;
  const clock = options.clock ?? {
    now: () => (stoppedAt ?? Date.now()) + ahead,
    stop: () => {
      stoppedAt = Date.now();
    },
    goOn: () => {
      stoppedAt = null;
    },
    advance: (ms: number) => {
      ahead += ms;
    },
  };
  const cache = createCache({ redisUrl, clock, log: silentLog });
  open.defer(() => cache.close());
  const sources = createSources({ clock, log: silentLog, redisUrl });
  open.defer(() => sources.close());
  const views = tellSourceViews({ db, sources, name: 'test', log: silentLog });
  open.defer(() => views.close());
  const life = { ...DEFAULT_LIFE, gatherMs: 1, ...(options.withoutCache ? { longestSeconds: 0 } : {}) };
  const env = { ...sandbox.environment, ...options.env };
  const systems = readAll(systemConnectors(env, { clock, log: silentLog, cache, sources, life }));
  const feeds = changeFeeds(env, feedRules({}), sources, clock).map(({ feed }) => feed);
  open.defer(async () => void (await Promise.all(feeds.map((feed) => feed.close()))));
  const identity = await connectIdentity(db, { clock });
  const register = await keepRegister({ identity, systems, log: silentLog });
  open.defer(() => register.close());
  const processes = await startProcesses({
    databaseUrl,
    db,
    executorId: 'sources',
    role: 'client',
    ports: { ...systems, identity },
    ownership: readOwnership(SUPERGRAPH),
    systemViews: views,
    clock,
    log: silentLog,
  });
  open.defer(() => processes.close());
  const subgraphs = [
    createIdentitySubgraph(identity),
    createErpSubgraph(systems.erp),
    createBillingSubgraph(systems.billing),
    createCrmSubgraph(systems.crm),
    createSupportSubgraph(systems.support),
    processes.subgraph,
  ];
  const principal = principalOf({
    id: 'all',
    name: 'all',
    scopes: Object.keys(SCOPES),
    unmasked: DATA_CLASSES,
    budget: { ...DEFAULT_BUDGET, maxCost: 1_000_000 },
  });
  const gateway = await createGateway({
    supergraphSdl: SUPERGRAPH,
    transports: {
      access: NOT_HERE,
      events: NOT_HERE,
      ...Object.fromEntries(subgraphs.map((one) => [one.name, inProcess(one, { log: silentLog })])),
    },
    authenticate: async (key) => (key === KEY.replaceAll(' ', '-') ? principal : null),
    figures: () => sourceFigures(sources.all),
    config: gatewayConfig({ PORT: '0', HUB_MODE: 'production' }),
    clock: systemClock,
    log: silentLog,
  });
  open.defer(() => gateway.close());
  const { url } = await gateway.listen();
  closeBeforeDatabase(() => open.disposeAsync());

  const sound = [
    ...createWorld({ seed: 1, size: 120, today: new Date().toISOString().slice(0, 10) }).customers(),
  ].filter(
    ({ known, traits, subscriptions }) =>
      Object.values(known).every(Boolean) && traits.length === 0 && subscriptions.length > 0,
  );
  let next = 0;
  const key = KEY.replaceAll(' ', '-');
  const ask = <Data>(query: string, variables: object = {}) => askHub<Data>(url, key, query, variables);
  return {
    url,
    sandbox,
    clock,
    ask,
    async poll(system) {
      const feed = feeds.find((one) => one.system === system);
      if (feed === undefined) throw new Error(`${system} has no feed`);
      return feed.read(null, { correlationId: 'poll', signal: AbortSignal.timeout(10_000) });
    },
    async view(id, query = CUSTOMER_360) {
      const answer = await ask<View['data']>(query, { id });
      const told = (answer.extensions.sources ?? []) as readonly SourceNote[];
      return { ...answer, source: (system) => told.find((one) => one.system === system) };
    },
    fresh() {
      const found = sound[next++];
      if (found === undefined) throw new Error('all customers of this company were read');
      return found.hubId;
    },
    async forget(id) {
      const [customer] = await identity.customers([id as CustomerId], {
        correlationId: 'forget',
        signal: AbortSignal.timeout(5_000),
      });
      await cache.forget([`ERP:customer:${customer?.externalIdBySystem.ERP}`]);
    },
    calls: (vendor) => sandbox.calls().filter((one) => one.vendor === vendor && !SIGN_IN.test(one.path)).length,
    async metrics() {
      const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
      return answer.text();
    },
    async calm() {
      sandbox.removeFaults();
      clock.advance(3_700_000); // longer than any pause, and than anything may be shown
      next = 0;
      // The first may find a breaker that lets one call through to see; the next ends every row of failures.
      for (let nr = 0; nr < 2; nr += 1) {
        for (const query of [CUSTOMER_360, ...Object.values(ONE_OF)]) await ask(query, { id: sound[nr]?.hubId });
        clock.advance(3_700_000);
      }
      sandbox.clearCalls();
    },
    close: () => open.disposeAsync(),
  };
}
