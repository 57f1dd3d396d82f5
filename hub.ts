/** Everything in one process: gateway, subgraphs, process engine, embedded PostgreSQL and, where no vendor is configured, the sandbox. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { connectConflicts } from './events/conflicts/conflict-store.ts';
import { deliverSettings } from './events/deliver/config.ts';
import { openDelivery } from './events/deliver/delivery.ts';
import { openDeliveryFigures } from './events/deliver/figures.ts';
import { runLanes } from './events/deliver/run-lanes.ts';
import { keptSeal } from './events/deliver/secrets-key.ts';
import { openEffects } from './events/effects/effects.ts';
import { keepRenewalsDue, renewalSweepHours } from './events/effects/renewals-due.ts';
import { feedRules } from './events/ingest/feeds/config.ts';
import { changeFeeds } from './events/ingest/feeds/feeds.ts';
import { openIngest } from './events/ingest/ingest.ts';
import { webhookSources } from './events/ingest/sources.ts';
import { reconcileSettings } from './events/reconcile/config.ts';
import { openReconciler } from './events/reconcile/reconciler.ts';
import { keepRegister } from './events/register/keep-register.ts';
import { eventStreams } from './events/relay/config.ts';
import { openRelay } from './events/relay/relay.ts';
import { openAuth } from './gateway/auth/auth.ts';
import { authConfig } from './gateway/auth/auth-config.ts';
import { ensureDemoKeys } from './gateway/auth/demo-keys.ts';
import { gatewayConfig } from './gateway/config.ts';
import { inProcess } from './gateway/execution/transports/in-process.ts';
import { createGateway } from './gateway/gateway.ts';
import { welcome } from './hub/banner.ts';
import { type HubConfig, readHubConfig, sandboxedVendors, withSandbox } from './hub/config.ts';
import { createCache } from './platform/cache/create-cache.ts';
import { cacheLife } from './platform/cache/life.ts';
import { createChanges } from './platform/changes/changes.ts';
import { systemClock } from './platform/clock.ts';
import { type Environment, readAll } from './platform/config.ts';
import { startDatabase } from './platform/db/database.ts';
import { createDb } from './platform/db/db.ts';
import { mutationsOf } from './platform/keys/mutations.ts';
import { runUntilStopped } from './platform/lifecycle.ts';
import { createLog, silentLog } from './platform/log.ts';
import { outboxTail } from './platform/outbox/changes.ts';
import { readOwnership } from './platform/ownership/ownership.ts';
import { sourceFigures } from './platform/resilience/figures.ts';
import { createSources } from './platform/resilience/sources.ts';
import { tellSourceViews } from './platform/resilience/views.ts';
import { createRowJudge } from './platform/rows/row-judge.ts';
import { journalTail } from './platform/saga/changes.ts';
import type { VendorName } from './sandbox/core/vendor.ts';
import { startKeptSandbox } from './sandbox/start.ts';
import { connectAccess } from './subgraphs/access/connect.ts';
import { createAccessSubgraph } from './subgraphs/access/subgraph.ts';
import { createBillingSubgraph } from './subgraphs/billing/subgraph.ts';
import { createCrmSubgraph } from './subgraphs/crm/subgraph.ts';
import { connectCutovers } from './subgraphs/erp/connect.ts';
import { createErpSubgraph } from './subgraphs/erp/subgraph.ts';
import { connectEvents } from './subgraphs/events/connect.ts';
import { createEventsSubgraph } from './subgraphs/events/subgraph.ts';
import { connectIdentity } from './subgraphs/identity/connect.ts';
import { createIdentitySubgraph } from './subgraphs/identity/subgraph.ts';
import { approvalRules } from './subgraphs/process/approvals/approval-rules.ts';
import { systemConnectors } from './subgraphs/process/connect.ts';
import { engineRules } from './subgraphs/process/engine-rules.ts';
import { startProcesses } from './subgraphs/process/start.ts';
import { usageRules } from './subgraphs/process/usage/usage-rules.ts';
import { createSupportSubgraph } from './subgraphs/support/subgraph.ts';

const SUPERGRAPH = new URL('./schema/supergraph.graphql', import.meta.url);

/** The whole environment is judged before anything starts. @throws ConfigError with every problem */
function readSettings(env: Environment) {
  const played = sandboxedVendors(env);
  const connectors = systemConnectors(env, { clock: systemClock, log: silentLog, cache: null });
  const real = (vendor: VendorName, connect: () => unknown) => (played.includes(vendor) ? () => null : connect);
  const { config, gateway, auth, approvals, rules, usage, sweepHours, life, deliver, reconcile, streams } = readAll({
    config: () => readHubConfig(env, played),
    gateway: () => gatewayConfig(env),
    approvals: () => approvalRules(env),
    webhooks: () => webhookSources(env, systemClock),
    feeds: () => feedRules(env),
    deliver: () => deliverSettings(env),
    reconcile: () => reconcileSettings(env),
    streams: () => eventStreams(env),
    rules: () => engineRules(env),
    usage: () => usageRules(env),
    sweepHours: () => renewalSweepHours(env),
    life: () => cacheLife(env),
    auth: () => authConfig(env, mutationsOf(readFileSync(SUPERGRAPH, 'utf8'))),
    erp: real('netsuite', connectors.erp),
    billing: real('stripe', connectors.billing),
    crm: real('salesforce', connectors.crm),
    support: real('zendesk', connectors.support),
  });
  return { config, gateway, auth, approvals, rules, usage, sweepHours, life, deliver, reconcile, streams, played };
}

interface Vendors {
  /** The given one, and the sandbox's for the vendors that it plays. */
  readonly env: Environment;
  /** Has the sandbox send its vendors' webhooks to the hub. */
  tell(hubUrl: string): Promise<void>;
}

async function startVendors(
  env: Environment,
  config: HubConfig,
  played: readonly VendorName[],
  opened: AsyncDisposableStack,
): Promise<Vendors> {
  if (played.length === 0) return { env, tell: async () => {} };
  const sandbox = await startKeptSandbox(join(config.HUB_DATA_DIR, 'sandbox.json'), {
    customers: config.HUB_SANDBOX_CUSTOMERS,
    latency: config.HUB_SANDBOX_LATENCY_MS,
    journalFile: join(config.HUB_DATA_DIR, 'sandbox-journal.ndjson'),
  });
  opened.defer(() => sandbox.close());
  return {
    env: withSandbox(env, sandbox.environment, played),
    async tell(hubUrl) {
      for (const vendor of played) {
        const answer = await fetch(`${sandbox.url.control}/webhooks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ vendor, url: `${hubUrl}/webhooks/${vendor}` }),
        });
        if (!answer.ok)
          throw new Error(`the sandbox answered ${answer.status} when it was to send webhooks of ${vendor}`);
      }
    },
  };
}

async function start(env: Environment, opened: AsyncDisposableStack): Promise<void> {
  const startedAt = performance.now();
  const read = readSettings(env);
  const { config, gateway: settings, auth: authSettings, approvals, rules, usage, life, played } = read;
  const log = createLog('hub', config.LOG_LEVEL);
  // Others may walk through, or the database's user could not get to its folder when root runs the hub; each secret in it is 0600.
  await mkdir(config.HUB_DATA_DIR, { recursive: true, mode: 0o711 });
  const database = await startDatabase({ dataDir: config.HUB_DATA_DIR, databaseUrl: config.DATABASE_URL ?? null, log });
  opened.defer(() => database.close());
  const db = createDb(database.url, { log });
  opened.defer(() => db.destroy());
  const vendors = await startVendors(env, config, played, opened);
  const vendorEnv = vendors.env;

  const cache = createCache({ redisUrl: config.REDIS_URL ?? null, clock: systemClock, log });
  opened.defer(() => cache.close());
  const sources = createSources({ clock: systemClock, log, redisUrl: config.REDIS_URL ?? null });
  opened.defer(() => sources.close());
  const systemViews = tellSourceViews({ db, sources, name: config.HUB_EXECUTOR_ID, log });
  opened.defer(() => systemViews.close());
  const cutovers = await connectCutovers(vendorEnv, db, systemClock);
  const services = {
    clock: systemClock,
    log,
    cache,
    life,
    sources,
    cutovers,
    rows: createRowJudge({ db, clock: systemClock, log }),
  };
  const systems = readAll(systemConnectors(vendorEnv, services));
  const identity = await connectIdentity(db, services);
  const processes = await startProcesses({
    databaseUrl: database.url,
    db,
    executorId: config.HUB_EXECUTOR_ID,
    role: 'worker',
    ports: { ...systems, identity },
    ownership: readOwnership(readFileSync(SUPERGRAPH, 'utf8')),
    approvals,
    rules,
    usage,
    systemViews,
    clock: systemClock,
    log,
  });
  opened.defer(() => processes.close());
  const register = await keepRegister({ identity, systems, log });
  opened.defer(() => register.close());

  const polls = feedRules(env);
  const ingest = await openIngest({
    db,
    sources: webhookSources(vendorEnv, systemClock),
    feeds: changeFeeds(vendorEnv, polls, systemClock),
    silentAfterMs: polls.silentAfterMs,
    cache,
    identity,
    clock: systemClock,
    log,
  });
  opened.defer(() => ingest.close());
  systemViews.alsoTell(async () => (await ingest.health()).map(({ source, ...heard }) => ({ ...heard, name: source })));
  const effects = await openEffects({
    db,
    acts: processes.acts,
    ports: { ...systems, identity },
    ownership: readOwnership(readFileSync(SUPERGRAPH, 'utf8')),
    clock: systemClock,
    log,
  });
  opened.defer(() => effects.close());
  const renewals = await keepRenewalsDue({
    ...{ db, billing: systems.billing, identity },
    ...{ windowDays: rules.renewalWindowDays, sweepHours: read.sweepHours, clock: systemClock, log },
  });
  opened.defer(() => renewals.close());

  const reconciler = await openReconciler({
    db,
    systems: { ...systems, identity },
    ownership: readOwnership(readFileSync(SUPERGRAPH, 'utf8')),
    settings: read.reconcile,
    clock: systemClock,
    log,
  });
  opened.defer(() => reconciler.close());

  const auth = await openAuth({
    config: authSettings,
    db,
    redisUrl: config.REDIS_URL ?? null,
    mutations: mutationsOf(readFileSync(SUPERGRAPH, 'utf8')),
    clock: systemClock,
    log,
  });
  opened.defer(() => auth.close());
  const demoKeys = await ensureDemoKeys({ store: auth.keys, file: join(config.HUB_DATA_DIR, 'demo-keys.json') });
  const access = await connectAccess(db, {
    clock: systemClock,
    log,
    mutations: mutationsOf(readFileSync(SUPERGRAPH, 'utf8')),
    budget: authSettings.budget,
  });
  const delivery = await openDelivery({
    db,
    seal: await keptSeal(read.deliver, join(config.HUB_DATA_DIR, 'events-secrets-key')),
    settings: read.deliver,
    clock: systemClock,
  });
  opened.defer(() => delivery.close());
  // A pool of its own: nobody else waits for a connection when many lanes are due at once.
  const outgoing = createDb(database.url, { max: 4, log });
  opened.defer(() => outgoing.destroy());
  const about = { db: outgoing, process: config.HUB_EXECUTOR_ID, clock: systemClock, log };
  const { subscriptions, sender } = delivery;
  const lanes = runLanes({ ...about, subscriptions, sender, keys: auth.keys, settings: read.deliver });
  opened.defer(() => lanes.close());
  const relay = await openRelay({ ...about, streams: read.streams });
  opened.defer(() => relay.close());
  const deliveries = openDeliveryFigures(db, log);
  opened.defer(() => deliveries.close());
  const subgraphs = [
    createIdentitySubgraph(identity),
    createAccessSubgraph(access),
    createEventsSubgraph(
      connectEvents({
        ...{ delivery, conflicts: await connectConflicts(db), reconciliation: reconciler.desk, clock: systemClock },
        ...{ keys: auth.keys, budget: authSettings.budget },
      }),
    ),
    createErpSubgraph(systems.erp),
    createBillingSubgraph(systems.billing),
    createCrmSubgraph(systems.crm),
    createSupportSubgraph(systems.support),
    processes.subgraph,
  ];
  const changes = createChanges({ db, tails: [journalTail, outboxTail], log });
  opened.defer(() => changes.close());
  const gateway = await createGateway({
    supergraphSdl: readFileSync(SUPERGRAPH, 'utf8'),
    transports: Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name, inProcess(subgraph, { log })])),
    changes,
    figures: () => sourceFigures(sources.all) + ingest.figures() + deliveries.text(),
    authenticate: auth.authenticate,
    audit: auth.audit,
    seenAs: auth.seenAs,
    door: auth.door,
    webhooks: ingest.receive,
    config: settings,
    log,
    checks: { database: () => sql`SELECT 1`.execute(db).then(() => true) },
    graphiql: { keys: demoKeys },
  });
  opened.defer(() => gateway.close());
  const { url } = await gateway.listen();
  await vendors.tell(url);
  process.stdout.write(
    welcome({ url, dataDir: config.HUB_DATA_DIR, played, seconds: (performance.now() - startedAt) / 1000 }),
  );
}

await runUntilStopped(start);
