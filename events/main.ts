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
import { engineRules, startProcesses, systemConnectors } from '../subgraphs/process/connect.ts';
import { deliverSettings } from './deliver/config.ts';
import { openDelivery } from './deliver/delivery.ts';
import { openDeliveryFigures } from './deliver/figures.ts';
import { runLanes } from './deliver/run-lanes.ts';
import { configuredSeal } from './deliver/secrets-key.ts';
import { openEffects } from './effects/effects.ts';
import { keepRenewalsDue, renewalSweepHours } from './effects/renewals-due.ts';
import { feedRules } from './ingest/feeds/config.ts';
import { changeFeeds } from './ingest/feeds/feeds.ts';
import { openIngest } from './ingest/ingest.ts';
import { webhookSources } from './ingest/sources.ts';
import { reconcileSettings } from './reconcile/config.ts';
import { openReconciler } from './reconcile/reconciler.ts';
import { keepRegister } from './register/keep-register.ts';
import { eventStreams } from './relay/config.ts';
import { openRelay } from './relay/relay.ts';
import { serveEvents } from './serve.ts';

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
  const { config, sources, polls, rules, sweepHours, deliver, seal, streams, settings } = readAll({
    config: () => readConfig(Shape, env),
    sources: () => webhookSources(env, systemClock),
    polls: () => feedRules(env),
    rules: () => engineRules(env),
    sweepHours: () => renewalSweepHours(env),
    deliver: () => deliverSettings(env),
    settings: () => reconcileSettings(env),
    streams: () => eventStreams(env),
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
  const ingest = await openIngest({
    ...{ db, sources, cache, identity, log },
    feeds: changeFeeds(env, polls, systemClock),
    silentAfterMs: polls.silentAfterMs,
    clock: systemClock,
  });
  opened.defer(() => ingest.close());
  views.alsoTell(async () => (await ingest.health()).map(({ source, ...heard }) => ({ ...heard, name: source })));
  const ownership = readOwnership(readFileSync(SUPERGRAPH, 'utf8'));
  const ports = { ...systems, identity };
  // Workers execute what events start here.
  const processes = await startProcesses({
    ...{ databaseUrl: database.url, db, executorId: 'events', role: 'client', ports, ownership },
    ...{ clock: systemClock, log },
  });
  opened.defer(() => processes.close());
  const effects = await openEffects({ db, acts: processes.acts, ports, ownership, clock: systemClock, log });
  opened.defer(() => effects.close());
  const dueRenewals = await keepRenewalsDue({
    ...{ db, billing: systems.billing, identity, clock: systemClock, log },
    ...{ windowDays: rules.renewalWindowDays, sweepHours },
  });
  opened.defer(() => dueRenewals.close());
  await migrateKeys(db);
  const delivery = await openDelivery({ db, seal, settings: deliver, clock: systemClock });
  opened.defer(() => delivery.close());
  // A pool of its own: nobody else waits for a connection when many lanes are due at once.
  const outgoing = createDb(database.url, { max: 4, log });
  opened.defer(() => outgoing.destroy());
  const about = { db: outgoing, process: `${hostname()}:${process.pid}`, clock: systemClock, log };
  const keys = createKeyStore(db, systemClock, { log });
  const { subscriptions, sender } = delivery;
  const lanes = runLanes({ ...about, subscriptions, sender, keys, settings: deliver });
  opened.defer(() => lanes.close());
  const relay = await openRelay({ ...about, streams });
  opened.defer(() => relay.close());
  const figures = openDeliveryFigures(db, log);
  opened.defer(() => figures.close());
  const server = await serveEvents({
    host: config.HOST,
    port: config.PORT,
    ready: async () => filled,
    webhooks: ingest.receive,
    figures: () => ingest.figures() + figures.text() + sourceFigures(vendors.all),
  });
  opened.defer(() => server.close());
  const register = await keepRegister({ identity, systems, log });
  opened.defer(() => register.close());
  const reconciler = await openReconciler({
    ...{ db, systems: { ...systems, identity }, settings, clock: systemClock, log },
    ownership: readOwnership(readFileSync(SUPERGRAPH, 'utf8')),
  });
  opened.defer(() => reconciler.close());
  filled = true;
  log.info({ url: server.url }, 'events serves');
});
