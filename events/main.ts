/** What the hub does beside requests: keeps the register of customers, and takes the vendors' webhooks. */
import { z } from 'zod';
import { createCache } from '../platform/cache/create-cache.ts';
import { systemClock } from '../platform/clock.ts';
import { readAll, readConfig } from '../platform/config.ts';
import { startDatabase } from '../platform/db/database.ts';
import { createDb } from '../platform/db/db.ts';
import { runUntilStopped } from '../platform/lifecycle.ts';
import { createLog, silentLog } from '../platform/log.ts';
import { SETTINGS } from '../platform/settings.ts';
import { connectIdentity } from '../subgraphs/identity/connect.ts';
import { systemConnectors } from '../subgraphs/process/connect.ts';
import { openIngest } from './ingest/ingest.ts';
import { webhookSources } from './ingest/sources.ts';
import { keepRegister } from './register/keep-register.ts';
import { serveEvents } from './serve.ts';

const Shape = z.object({
  HOST: SETTINGS.host,
  PORT: SETTINGS.port(4107),
  DATABASE_URL: SETTINGS.databaseUrl,
  REDIS_URL: SETTINGS.redisUrl.optional(),
  LOG_LEVEL: SETTINGS.logLevel.default('info'),
});

await runUntilStopped(async (env, opened) => {
  const quiet = { clock: systemClock, log: silentLog, cache: null };
  const { config, sources, ...systems } = readAll({
    config: () => readConfig(Shape, env),
    sources: () => webhookSources(env, systemClock),
    ...systemConnectors(env, quiet),
  });
  const log = createLog('events', config.LOG_LEVEL);
  const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
  const db = createDb(database.url, { log });
  opened.defer(() => db.destroy());
  const identity = await connectIdentity(db, { clock: systemClock });
  let filled = false;
  const cache = createCache({ redisUrl: config.REDIS_URL ?? null, clock: systemClock, log });
  opened.defer(() => cache.close());
  const ingest = await openIngest({ db, sources, cache, identity, clock: systemClock, log });
  opened.defer(() => ingest.close());
  const server = await serveEvents({
    host: config.HOST,
    port: config.PORT,
    ready: async () => filled,
    webhooks: ingest.receive,
  });
  opened.defer(() => server.close());
  const register = await keepRegister({ identity, systems, log });
  opened.defer(() => register.close());
  filled = true;
  log.info({ url: server.url }, 'events serves');
});
