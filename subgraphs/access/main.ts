import { readFileSync } from 'node:fs';
import { systemClock } from '../../platform/clock.ts';
import { startDatabase } from '../../platform/db/database.ts';
import { createDb } from '../../platform/db/db.ts';
import { mutationsOf } from '../../platform/keys/mutations.ts';
import { runUntilStopped } from '../../platform/lifecycle.ts';
import { createLog } from '../../platform/log.ts';
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import { accessConfig } from './config.ts';
import { connectAccess } from './connect.ts';
import { createAccessSubgraph } from './subgraph.ts';

const SUPERGRAPH = new URL('../../schema/supergraph.graphql', import.meta.url);

/** Runs the access subgraph alone, on an external database. */
await runUntilStopped(async (env, opened) => {
  const { settings: config, budget } = accessConfig(env);
  const log = createLog('access', config.LOG_LEVEL);
  const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
  const db = createDb(database.url, { log });
  opened.defer(() => db.destroy());
  const mutations = mutationsOf(readFileSync(SUPERGRAPH, 'utf8'));
  const port = await connectAccess(db, { clock: systemClock, log, mutations, budget });
  const server = await serveSubgraph(createAccessSubgraph(port), {
    host: config.HOST,
    port: config.PORT,
    secret: config.HUB_SUBGRAPH_SECRET,
    log,
    ready: async () => {
      const call = { correlationId: 'ready', signal: AbortSignal.timeout(1_000) };
      return (await port.keys(['none'], call)).length === 1;
    },
  });
  opened.defer(() => server.close());
  log.info({ url: server.url }, 'access serves');
});
