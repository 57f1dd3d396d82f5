import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { sql } from 'kysely';
import { z } from 'zod';
import { systemClock } from '../platform/clock.ts';
import { type Environment, httpUrl, readAll, readConfig } from '../platform/config.ts';
import { createDb } from '../platform/db/db.ts';
import { checkExternal } from '../platform/db/external.ts';
import { runUntilStopped } from '../platform/lifecycle.ts';
import { createLog } from '../platform/log.ts';
import { SETTINGS } from '../platform/settings.ts';
import { createKeyStore, migrateKeys } from './auth/key-store.ts';
import { mutationsOf } from './auth/mutations.ts';
import { gatewayConfig } from './config.ts';
import { subgraphsOf, systemsOf } from './execution/supergraph.ts';
import { overHttp } from './execution/transports/http.ts';
import { createGateway } from './gateway.ts';

/** Runs the gateway apart from its subgraphs, which it asks over signed HTTP. */
const SUPERGRAPH = new URL('../schema/supergraph.graphql', import.meta.url);

const Shape = z.object({
  HUB_SUBGRAPH_SECRET: SETTINGS.subgraphSecret,
  DATABASE_URL: SETTINGS.databaseUrl,
  LOG_LEVEL: SETTINGS.logLevel.default('info'),
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

await runUntilStopped(async (env, opened) => {
  const supergraphSdl = readFileSync(SUPERGRAPH, 'utf8');
  const supergraph = parse(supergraphSdl);
  const { config, own, urls } = readAll({
    config: () => gatewayConfig(env),
    own: () => readConfig(Shape, env),
    urls: () => readUrls(subgraphsOf(supergraph), env),
  });
  const log = createLog('gateway', own.LOG_LEVEL);
  await checkExternal(own.DATABASE_URL);
  const db = createDb(own.DATABASE_URL, { log });
  opened.defer(() => db.destroy());
  await migrateKeys(db);
  const keys = createKeyStore(db, systemClock, { log, mutations: mutationsOf(supergraphSdl) });
  const system = systemsOf(supergraph);
  const transports = Object.entries(urls).map(([subgraph, url]) => {
    const about = { subgraph, system: system(subgraph), url, secret: own.HUB_SUBGRAPH_SECRET, clock: systemClock, log };
    return [subgraph, overHttp(about)] as const;
  });
  const gateway = await createGateway({
    supergraphSdl,
    transports: Object.fromEntries(transports),
    authenticate: (key) => keys.verify(key),
    config,
    log,
    // A subgraph that is down leaves its part of answers empty; without its keys the gateway can answer nobody.
    checks: { keys: () => sql`SELECT 1`.execute(db).then(() => true) },
  });
  opened.defer(() => gateway.close());
  const { url } = await gateway.listen();
  log.info({ url }, 'The gateway listens');
});
