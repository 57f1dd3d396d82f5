/** What the hub does beside requests: keeps the register of customers. Answers `/livez` and `/readyz`, and nothing else. */
import { z } from 'zod';
import { systemClock } from '../platform/clock.ts';
import { readAll, readConfig } from '../platform/config.ts';
import { startDatabase } from '../platform/db/database.ts';
import { createDb } from '../platform/db/db.ts';
import { serveHealth } from '../platform/http/health.ts';
import { runUntilStopped } from '../platform/lifecycle.ts';
import { createLog, silentLog } from '../platform/log.ts';
import { SETTINGS } from '../platform/settings.ts';
import { connectIdentity } from '../subgraphs/identity/connect.ts';
import { systemConnectors } from '../subgraphs/process/connect.ts';
import { keepRegister } from './register/keep-register.ts';

const Shape = z.object({
  HOST: SETTINGS.host,
  PORT: SETTINGS.port(4107),
  DATABASE_URL: SETTINGS.databaseUrl,
  LOG_LEVEL: SETTINGS.logLevel.default('info'),
});

await runUntilStopped(async (env, opened) => {
  const quiet = { clock: systemClock, log: silentLog, cache: null };
  const { config, ...systems } = readAll({ config: () => readConfig(Shape, env), ...systemConnectors(env, quiet) });
  const log = createLog('events', config.LOG_LEVEL);
  const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
  const db = createDb(database.url, { log });
  opened.defer(() => db.destroy());
  const identity = await connectIdentity(db, { clock: systemClock });
  let filled = false;
  const health = await serveHealth({ host: config.HOST, port: config.PORT, ready: async () => filled });
  opened.defer(() => health.close());
  const register = await keepRegister({ identity, systems, log });
  opened.defer(() => register.close());
  filled = true;
  log.info({ url: health.url }, 'events serves');
});
