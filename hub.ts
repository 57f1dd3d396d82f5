/** Everything in one process: gateway, subgraphs, process engine, embedded PostgreSQL and, where no vendor is configured, the sandbox. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { connectConflicts } from './events/conflicts/conflict-store.ts';
import { keptSeal } from './events/deliver/secrets-key.ts';
import { openEvents } from './events/open.ts';
import { connectParked } from './events/parked/parked-store.ts';
import { openReconciler } from './events/reconcile/reconciler.ts';
import { keepRegister } from './events/register/keep-register.ts';
import { openAuth } from './gateway/auth/auth.ts';
import { ensureDemoKeys } from './gateway/auth/demo-keys.ts';
import { inProcess } from './gateway/execution/transports/in-process.ts';
import { createGateway } from './gateway/gateway.ts';
import { welcome } from './hub/banner.ts';
import { readSettings } from './hub/settings.ts';
import { startVendors } from './hub/vendors.ts';
import { createChanges } from './platform/changes/changes.ts';
import { systemClock } from './platform/clock.ts';
import { type Environment, readAll } from './platform/config.ts';
import { startDatabase } from './platform/db/database.ts';
import { createDb } from './platform/db/db.ts';
import { mutationsOf } from './platform/keys/mutations.ts';
import { runUntilStopped } from './platform/lifecycle.ts';
import { createLog } from './platform/log.ts';
import { outboxTail } from './platform/outbox/changes.ts';
import { readOwnership } from './platform/ownership/ownership.ts';
import { openShared } from './platform/port/open-shared.ts';
import { sourceFigures } from './platform/resilience/figures.ts';
import { tellSourceViews } from './platform/resilience/views.ts';
import { journalTail } from './platform/saga/changes.ts';
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
import { systemConnectors } from './subgraphs/process/connect.ts';
import { startProcesses } from './subgraphs/process/start.ts';
import { createSupportSubgraph } from './subgraphs/support/subgraph.ts';

const SUPERGRAPH = readFileSync(new URL('./schema/supergraph.graphql', import.meta.url), 'utf8');
/** Who asked within it may ask again. */
const ASKED_LATELY_MS = 500;

async function start(env: Environment, opened: AsyncDisposableStack): Promise<void> {
  const startedAt = performance.now();
  const read = readSettings(env, SUPERGRAPH);
  const { config, gateway: settings, auth: authSettings, approvals, rules, usage, life, played } = read;
  const ownership = readOwnership(SUPERGRAPH);
  const mutations = mutationsOf(SUPERGRAPH);
  const log = createLog('hub', config.LOG_LEVEL);
  // Others may walk through, or the database's user could not get to its folder when root runs the hub; each secret in it is 0600.
  await mkdir(config.HUB_DATA_DIR, { recursive: true, mode: 0o711 });
  const database = await startDatabase({ dataDir: config.HUB_DATA_DIR, databaseUrl: config.DATABASE_URL ?? null, log });
  opened.defer(() => database.close());
  const db = createDb(database.url, { log });
  opened.defer(() => db.destroy());
  const vendors = await startVendors(env, config, played, opened);
  const vendorEnv = vendors.env;

  const shared = openShared({ db, redisUrl: config.REDIS_URL, life, log }, opened);
  const { cache, sources } = shared;
  const systemViews = tellSourceViews({ db, sources, name: config.HUB_EXECUTOR_ID, log });
  opened.defer(() => systemViews.close());
  const services = { ...shared, cutovers: await connectCutovers(vendorEnv, db, systemClock) };
  const systems = readAll(systemConnectors(vendorEnv, services));
  const identity = await connectIdentity(db, services);
  const ports = { ...systems, identity };
  let askedAt = Number.NEGATIVE_INFINITY;
  const processes = await startProcesses({
    databaseUrl: database.url,
    db,
    executorId: config.HUB_EXECUTOR_ID,
    role: 'worker',
    waitedFor: () => performance.now() - askedAt < ASKED_LATELY_MS,
    ports,
    ownership,
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

  const reconciler = await openReconciler({
    db,
    systems: ports,
    ownership,
    settings: read.events.reconcile,
    clock: systemClock,
    log,
  });
  opened.defer(() => reconciler.close());

  const auth = await openAuth({
    config: authSettings,
    db,
    redisUrl: config.REDIS_URL ?? null,
    mutations,
    clock: systemClock,
    log,
  });
  opened.defer(() => auth.close());
  const demoKeys = await ensureDemoKeys({ store: auth.keys, file: join(config.HUB_DATA_DIR, 'demo-keys.json') });
  const access = await connectAccess(db, {
    clock: systemClock,
    log,
    mutations,
    budget: authSettings.budget,
  });
  const { ingest, delivery, figures } = await openEvents(
    {
      ...{ env: vendorEnv, settings: read.events, db, databaseUrl: database.url, process: config.HUB_EXECUTOR_ID },
      ...{ ports, acts: processes.acts, ownership, cache, keys: auth.keys },
      ...{ sources, views: systemViews, clock: systemClock, log },
      seal: await keptSeal(read.events.deliver, join(config.HUB_DATA_DIR, 'events-secrets-key')),
    },
    opened,
  );
  const subgraphs = [
    createIdentitySubgraph(identity),
    createAccessSubgraph(access),
    createEventsSubgraph(
      connectEvents({
        ...{ delivery, conflicts: await connectConflicts(db), reconciliation: reconciler.desk, clock: systemClock },
        ...{ parked: await connectParked(db), keys: auth.keys, budget: authSettings.budget },
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
    supergraphSdl: SUPERGRAPH,
    transports: Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name, inProcess(subgraph, { log })])),
    changes,
    figures: () => sourceFigures(sources.all) + figures(),
    authenticate: (asking) => {
      askedAt = performance.now(); // whoever asks for anything comes by here
      return auth.authenticate(asking);
    },
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
