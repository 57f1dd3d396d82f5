import { systemClock } from '../../platform/clock.ts';
import { startDatabase } from '../../platform/db/database.ts';
import { createDb } from '../../platform/db/db.ts';
import { runUntilStopped } from '../../platform/lifecycle.ts';
import { createLog } from '../../platform/log.ts';
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import { identityConfig } from './config.ts';
import { connectIdentity } from './connect.ts';
import { createIdentitySubgraph } from './subgraph.ts';

/** Runs the identity subgraph alone, on an external database. */
await runUntilStopped(async (env, opened) => {
  const config = identityConfig(env);
  const log = createLog('identity', config.LOG_LEVEL);
  const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
  const db = createDb(database.url, { max: 20, log });
  opened.defer(() => db.destroy());
  const port = await connectIdentity(db, { clock: systemClock });
  const server = await serveSubgraph(createIdentitySubgraph(port), {
    host: config.HOST,
    port: config.PORT,
    secret: config.HUB_SUBGRAPH_SECRET,
    log,
    ready: async () => (await port.count({}, { correlationId: 'ready', signal: AbortSignal.timeout(1_000) })) >= 0,
  });
  opened.defer(() => server.close());
  log.info({ url: server.url }, 'identity serves');
});
