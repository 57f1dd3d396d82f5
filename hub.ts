/** Everything in one process: gateway, subgraphs, process engine, embedded PostgreSQL and, where no vendor is configured, the sandbox. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ensureDemoKeys } from './gateway/auth/demo-keys.ts';
import { createKeyStore, migrateKeys } from './gateway/auth/key-store.ts';
import { gatewayConfig } from './gateway/config.ts';
import { inProcess } from './gateway/execution/transports/in-process.ts';
import { createGateway } from './gateway/gateway.ts';
import { welcome } from './hub/banner.ts';
import { type HubConfig, readHubConfig, sandboxedVendors, withSandbox } from './hub/config.ts';
import { createCache } from './platform/cache/create-cache.ts';
import { systemClock } from './platform/clock.ts';
import { ConfigError, type Environment, readAll } from './platform/config.ts';
import { startDatabase } from './platform/db/database.ts';
import { createDb } from './platform/db/db.ts';
import { newCorrelationId } from './platform/ids.ts';
import { createLog } from './platform/log.ts';
import { readOwnership } from './platform/ownership/ownership.ts';
import type { PortServices } from './platform/port/wrapped.ts';
import type { VendorName } from './sandbox/core/vendor.ts';
import { startKeptSandbox } from './sandbox/start.ts';
import { connectBilling } from './subgraphs/billing/connect.ts';
import { createBillingSubgraph } from './subgraphs/billing/subgraph.ts';
import { connectCrm } from './subgraphs/crm/connect.ts';
import { createCrmSubgraph } from './subgraphs/crm/subgraph.ts';
import { connectErp } from './subgraphs/erp/connect.ts';
import { createErpSubgraph } from './subgraphs/erp/subgraph.ts';
import { connectIdentity } from './subgraphs/identity/connect.ts';
import { takeInUntilComplete } from './subgraphs/identity/directory-sync.ts';
import { createIdentitySubgraph } from './subgraphs/identity/subgraph.ts';
import { startProcesses } from './subgraphs/process/start.ts';
import { connectSupport } from './subgraphs/support/connect.ts';
import { createSupportSubgraph } from './subgraphs/support/subgraph.ts';

const CLOSE_WITHIN_MS = 9_000;
const SUPERGRAPH = new URL('./schema/supergraph.graphql', import.meta.url);

/** What was opened, in order; closed from the last. */
type Opened = { readonly what: string; readonly close: () => Promise<unknown> }[];

const connectSystems = (env: Environment, services: PortServices) => ({
  erp: connectErp(env, services),
  billing: connectBilling(env, services),
  crm: connectCrm(env, services),
  support: connectSupport(env, services),
});

/** The whole environment is judged before anything starts. @throws ConfigError with every problem */
function readSettings(env: Environment) {
  const played = sandboxedVendors(env);
  const real =
    (vendor: (typeof played)[number], connect: (env: Environment, services: PortServices) => unknown) => () =>
      played.includes(vendor)
        ? null
        : connect(env, { clock: systemClock, log: createLog('hub', 'silent'), cache: null });
  const { config, gateway } = readAll({
    config: () => readHubConfig(env, played),
    gateway: () => gatewayConfig(env),
    erp: real('netsuite', connectErp),
    billing: real('stripe', connectBilling),
    crm: real('salesforce', connectCrm),
    support: real('zendesk', connectSupport),
  });
  return { config, gateway, played };
}

/** Environment of the connectors: the given one, and the sandbox's for the vendors that it plays. */
async function startVendors(
  env: Environment,
  config: HubConfig,
  played: readonly VendorName[],
  opened: Opened,
): Promise<Environment> {
  if (played.length === 0) return env;
  const sandbox = await startKeptSandbox(join(config.HUB_DATA_DIR, 'sandbox.json'), {
    customers: config.HUB_SANDBOX_CUSTOMERS,
    latency: config.HUB_SANDBOX_LATENCY_MS,
    journalFile: join(config.HUB_DATA_DIR, 'sandbox-journal.ndjson'),
  });
  opened.push({ what: 'sandbox', close: () => sandbox.close() });
  return withSandbox(env, sandbox.environment, played);
}

async function start(env: Environment, opened: Opened): Promise<void> {
  const startedAt = performance.now();
  const { config, gateway: settings, played } = readSettings(env);
  const log = createLog('hub', config.HUB_LOG_LEVEL);
  await mkdir(config.HUB_DATA_DIR, { recursive: true, mode: 0o700 });
  const database = await startDatabase({ dataDir: config.HUB_DATA_DIR, databaseUrl: config.DATABASE_URL ?? null, log });
  opened.push({ what: 'database', close: () => database.close() });
  const db = createDb(database.url, { log });
  opened.push({ what: 'database connections', close: () => db.destroy() });
  const vendorEnv = await startVendors(env, config, played, opened);

  const cache = createCache({ redisUrl: config.REDIS_URL ?? null, clock: systemClock, log });
  opened.push({ what: 'cache', close: () => cache.close() });
  const services = { clock: systemClock, log, cache };
  const systems = connectSystems(vendorEnv, services);
  const identity = await connectIdentity(db, services);
  const processes = await startProcesses({
    databaseUrl: database.url,
    db,
    executorId: config.HUB_EXECUTOR_ID,
    role: 'worker',
    ports: { ...systems, identity },
    ownership: readOwnership(readFileSync(SUPERGRAPH, 'utf8')),
    clock: systemClock,
    log,
  });
  opened.push({ what: 'processes', close: () => processes.close() });
  await fillRegister();

  await migrateKeys(db);
  const keys = createKeyStore(db, systemClock, log);
  const demoKeys = await ensureDemoKeys({ store: keys, file: join(config.HUB_DATA_DIR, 'demo-keys.json') });
  const subgraphs = [
    createIdentitySubgraph(identity),
    createErpSubgraph(systems.erp),
    createBillingSubgraph(systems.billing),
    createCrmSubgraph(systems.crm),
    createSupportSubgraph(systems.support),
    processes.subgraph,
  ];
  const gateway = await createGateway({
    supergraphSdl: readFileSync(SUPERGRAPH, 'utf8'),
    transports: Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name, inProcess(subgraph, { log })])),
    authenticate: (key) => keys.verify(key),
    config: settings,
    log,
    checks: { database: () => sql`SELECT 1`.execute(db).then(() => true) },
    graphiql: { keys: demoKeys },
  });
  opened.push({ what: 'gateway', close: () => gateway.close() });
  const { url } = await gateway.listen();
  process.stdout.write(
    welcome({ url, dataDir: config.HUB_DATA_DIR, played, seconds: (performance.now() - startedAt) / 1000 }),
  );

  /** The register is filled before the door opens at the first start, and brought up to date beside it later. */
  async function fillRegister(): Promise<void> {
    const stop = new AbortController();
    const call = { correlationId: newCorrelationId(), signal: stop.signal };
    const directories = {
      ERP: systems.erp.directory,
      BILLING: systems.billing.directory,
      CRM: systems.crm.directory,
      SUPPORT: systems.support.directory,
    };
    const filling = takeInUntilComplete({ identity, directories, log, call });
    opened.push({
      what: 'register',
      close: async () => {
        stop.abort();
        await filling.catch(() => undefined);
      },
    });
    filling.catch((error) => log.error({ err: error }, 'the register could not be filled'));
    if ((await identity.count({}, call)) === 0) await filling;
  }
}

async function closeAll(opened: Opened): Promise<void> {
  for (const { close } of opened.splice(0).reverse()) await close();
}

const opened: Opened = [];
const stopped = { already: false };
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopped.already) return;
    stopped.already = true;
    setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref(); // what hangs must not keep the machine from shutting down
    closeAll(opened).then(
      () => process.exit(0),
      (error) => {
        process.stderr.write(`could not end in order: ${error}\n`);
        process.exit(1);
      },
    );
  });
}
try {
  await start(process.env, opened);
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `Concord could not start: ${(error as Error).stack}`}\n`,
  );
  await closeAll(opened).catch(() => undefined);
  process.exit(1);
}
