import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { sql } from 'kysely';
import { z } from 'zod';
import { systemClock } from '../platform/clock.ts';
import { ConfigError, type Environment, httpUrl, readAll, readConfig, secret } from '../platform/config.ts';
import { createDb } from '../platform/db/db.ts';
import { checkExternal } from '../platform/db/external.ts';
import { createLog } from '../platform/log.ts';
import { createKeyStore, migrateKeys } from './auth/key-store.ts';
import { gatewayConfig } from './config.ts';
import { subgraphsOf, systemsOf } from './execution/supergraph.ts';
import { overHttp } from './execution/transports/http.ts';
import { createGateway } from './gateway.ts';

/** Runs the gateway apart from its subgraphs, which it asks over signed HTTP. */
const SUPERGRAPH = new URL('../schema/supergraph.graphql', import.meta.url);

const Shape = z.object({
  HUB_SUBGRAPH_SECRET: secret,
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a PostgreSQL URL, like postgres://user:password@host:5432/concord',
  }),
});

const urlVariable = (subgraph: string): string => `SUBGRAPH_${subgraph.toUpperCase()}_URL`;

/** Where each subgraph of the graph is. @throws ConfigError naming every variable that is missing or wrong */
function readUrls(subgraphs: readonly string[], env: Environment): Readonly<Record<string, string>> {
  const read: Record<string, unknown> = readConfig(
    z.object(Object.fromEntries(subgraphs.map((name) => [urlVariable(name), httpUrl]))),
    env,
  );
  return Object.fromEntries(subgraphs.map((name) => [name, String(read[urlVariable(name)])]));
}

const log = createLog('gateway');

try {
  const env = process.env; // read here and nowhere else in this process
  const supergraphSdl = readFileSync(SUPERGRAPH, 'utf8');
  const supergraph = parse(supergraphSdl);
  const { config, own, urls } = readAll({
    config: () => gatewayConfig(env),
    own: () => readConfig(Shape, env),
    urls: () => readUrls(subgraphsOf(supergraph), env),
  });
  await checkExternal(own.DATABASE_URL);
  const db = createDb(own.DATABASE_URL, { log });
  await migrateKeys(db);
  const keys = createKeyStore(db, systemClock, log);
  const system = systemsOf(supergraph);
  const gateway = await createGateway({
    supergraphSdl,
    transports: Object.fromEntries(
      Object.entries(urls).map(([subgraph, url]) => [
        subgraph,
        overHttp({
          subgraph,
          system: system(subgraph),
          url,
          secret: own.HUB_SUBGRAPH_SECRET,
          clock: systemClock,
          log,
        }),
      ]),
    ),
    authenticate: (key) => keys.verify(key),
    config,
    log,
    // A subgraph that is down leaves its part of answers empty; without its keys the gateway can answer nobody.
    checks: { keys: () => sql`SELECT 1`.execute(db).then(() => true) },
  });
  const { url } = await gateway.listen();
  log.info({ url }, 'The gateway listens');
  const stop = async () => {
    await gateway.close();
    await db.destroy();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
