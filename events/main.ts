/** What the hub does beside requests: keeps the register of customers, takes the vendors' webhooks, and sends events to subscribers. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { createCache } from '../platform/cache/create-cache.ts';
import { systemClock } from '../platform/clock.ts';
import { readAll, readConfig } from '../platform/config.ts';
import { startDatabase } from '../platform/db/database.ts';
import { createDb } from '../platform/db/db.ts';
import { createKeyStore, migrateKeys } from '../platform/keys/key-store.ts';
import { runUntilStopped } from '../platform/lifecycle.ts';
import { createLog, silentLog } from '../platform/log.ts';
import { readOwnership } from '../platform/ownership/ownership.ts';
import { sourceFigures } from '../platform/resilience/figures.ts';
import { createSources } from '../platform/resilience/sources.ts';
import { tellSourceViews } from '../platform/resilience/views.ts';
import { SETTINGS } from '../platform/settings.ts';
import { connectIdentity } from '../subgraphs/identity/connect.ts';
import { startProcesses, systemConnectors } from '../subgraphs/process/connect.ts';
import { deliverSettings } from './deliver/config.ts';
import { configuredSeal } from './deliver/secrets-key.ts';
import { openEvents } from './open.ts';
import { openReconciler } from './reconcile/reconciler.ts';
import { keepRegister } from './register/keep-register.ts';
import { serveEvents } from './serve.ts';
import { eventSettings } from './settings.ts';

const SUPERGRAPH = new URL('../schema/supergraph.graphql', import.meta.url);

const Shape = z.object({
  HOST: SETTINGS.host,
  PORT: SETTINGS.port(4107),
  DATABASE_URL: SETTINGS.databaseUrl,
  REDIS_URL: SETTINGS.redisUrl.optional(),
  LOG_LEVEL: SETTINGS.logLevel.default('info'),
});

await runUntilStopped(async (env, opened) => {
  const quiet = { clock: systemClock, log: silentLog, cache: null };
  const { config, settings, seal } = readAll({
    config: () => readConfig(Shape, env),
    settings: () => eventSettings(env, systemClock),
    seal: () => configuredSeal(deliverSettings(env)),
    ...systemConnectors(env, quiet),
  });
  const log = createLog('events', config.LOG_LEVEL);
  const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
  const db = createDb(database.url, { log });
  opened.defer(() => db.destroy());
  const vendors = createSources({ clock: systemClock, log, redisUrl: config.REDIS_URL ?? null });
  opened.defer(() => vendors.close());
  const views = tellSourceViews({ db, sources: vendors, name: 'events', log });
  opened.defer(() => views.close());
  const systems = readAll(systemConnectors(env, { clock: systemClock, log, cache: null, sources: vendors }));
  const identity = await connectIdentity(db, { clock: systemClock });
  let filled = false;
  const cache = createCache({ redisUrl: config.REDIS_URL ?? null, clock: systemClock, log });
  opened.defer(() => cache.close());
  const ownership = readOwnership(readFileSync(SUPERGRAPH, 'utf8'));
  const ports = { ...systems, identity };
  // Workers execute what events start here.
  const processes = await startProcesses({
    ...{ databaseUrl: database.url, db, executorId: 'events', role: 'client', ports, ownership },
    ...{ clock: systemClock, log },
  });
  opened.defer(() => processes.close());
  await migrateKeys(db);
  const { ingest, figures } = await openEvents(
    {
      ...{ env, settings, db, databaseUrl: database.url, process: `${hostname()}:${process.pid}` },
      ...{ ports, acts: processes.acts, ownership, cache, seal, sources: vendors, views, clock: systemClock, log },
      keys: createKeyStore(db, systemClock, { log }),
    },
    opened,
  );
  const server = await serveEvents({
    host: config.HOST,
    port: config.PORT,
    ready: async () => filled,
    webhooks: ingest.receive,
    figures: () => figures() + sourceFigures(vendors.all),
  });
  opened.defer(() => server.close());
  const register = await keepRegister({ identity, systems, log });
  opened.defer(() => register.close());
  const reconciler = await openReconciler({
    ...{ db, systems: ports, ownership, settings: settings.reconcile, clock: systemClock, log },
  });
  opened.defer(() => reconciler.close());
  filled = true;
  log.info({ url: server.url }, 'events serves');
});
