import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createCache } from '../../platform/cache/create-cache.ts';
import { systemClock } from '../../platform/clock.ts';
import { ConfigError, type Environment, readAll } from '../../platform/config.ts';
import { startDatabase } from '../../platform/db/database.ts';
import { createDb, type Db } from '../../platform/db/db.ts';
import { createLog, type Logger } from '../../platform/log.ts';
import { readOwnership } from '../../platform/ownership/ownership.ts';
import type { PortServices } from '../../platform/port/wrapped.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { connectBilling } from '../billing/connect.ts';
import { connectCrm } from '../crm/connect.ts';
import { connectErp } from '../erp/connect.ts';
import { connectIdentity } from '../identity/connect.ts';
import { connectSupport } from '../support/connect.ts';
import { startProcesses } from './start.ts';

const SUPERGRAPH = new URL('../../schema/supergraph.graphql', import.meta.url);

interface Settings {
  readonly DATABASE_URL: string;
  readonly REDIS_URL?: string | undefined;
  readonly LOG_LEVEL: string;
}

/** What `main.ts` and `worker.ts` serve, once the systems are connected. */
export interface Alone {
  readonly subgraph: Subgraph;
  readonly log: Logger;
  /** Whether the journal answers. */
  ready(): Promise<boolean>;
}

/**
 * Runs acts in a process of their own, on an external database and with connectors of its own, until it is told to stop.
 * Every problem of the environment is told at once, before anything is opened; then the exit code is 1.
 */
export async function runAlone<Config extends Settings>(
  about: {
    name: string;
    role: 'worker' | 'client';
    config: (env: Environment) => Config;
    executorId: (config: Config) => string;
  },
  serve: (alone: Alone, config: Config) => Promise<{ url: string; close(): Promise<void> }>,
): Promise<void> {
  try {
    const env = process.env; // read here and nowhere else in this process
    const quiet = { clock: systemClock, log: createLog(about.name, 'silent'), cache: null };
    const { config } = readAll({ config: () => about.config(env), ...connectors(env, quiet) });
    const log = createLog(about.name, config.LOG_LEVEL);
    const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
    const db = createDb(database.url, { max: 20, log });
    const cache = createCache({ redisUrl: config.REDIS_URL ?? null, clock: systemClock, log });
    const services = { clock: systemClock, log, cache };
    const systems = readAll(connectors(env, services));
    const processes = await startProcesses({
      databaseUrl: database.url,
      db,
      executorId: about.executorId(config),
      role: about.role,
      ports: { ...systems, identity: await connectIdentity(db, services) },
      ownership: readOwnership(readFileSync(SUPERGRAPH, 'utf8')),
      clock: systemClock,
      log,
    });
    const server = await serve({ subgraph: processes.subgraph, log, ready: () => answers(db) }, config);
    log.info({ url: server.url }, `${about.name} serves`);
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    await server.close();
    await processes.close();
    await cache.close();
    await db.destroy();
    await database.close();
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  }
}

const connectors = (env: Environment, services: PortServices) => ({
  erp: () => connectErp(env, services),
  billing: () => connectBilling(env, services),
  crm: () => connectCrm(env, services),
  support: () => connectSupport(env, services),
});

const answers = (db: Db): Promise<boolean> =>
  db
    .selectNoFrom((on) => on.lit(1).as('one'))
    .execute()
    .then(
      () => true,
      () => false,
    );
