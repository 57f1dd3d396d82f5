import { once } from 'node:events';
import { systemClock } from '../../platform/clock.ts';
import { ConfigError } from '../../platform/config.ts';
import { startDatabase } from '../../platform/db/database.ts';
import { createDb } from '../../platform/db/db.ts';
import { createLog } from '../../platform/log.ts';
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import { identityConfig } from './config.ts';
import { connectIdentity } from './connect.ts';
import { createIdentitySubgraph } from './subgraph.ts';

/** Runs the identity subgraph alone, on an external database, until it is told to stop. */
async function main(): Promise<void> {
  const config = identityConfig(process.env);
  const log = createLog('identity', config.LOG_LEVEL);
  const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
  const db = createDb(database.url, { max: 20, log });
  const port = await connectIdentity(db, { clock: systemClock });
  const server = await serveSubgraph(createIdentitySubgraph(port), {
    host: config.HOST,
    port: config.PORT,
    secret: config.HUB_SUBGRAPH_SECRET,
    log,
    ready: async () => (await port.count({}, { correlationId: 'ready', signal: AbortSignal.timeout(1_000) })) >= 0,
  });
  log.info({ url: server.url }, 'identity serves');
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await server.close();
  await db.destroy();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
