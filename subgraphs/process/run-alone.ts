import { readFileSync } from 'node:fs';
import { cacheLife } from '../../platform/cache/life.ts';
import { systemClock } from '../../platform/clock.ts';
import { type Environment, readAll } from '../../platform/config.ts';
import { startDatabase } from '../../platform/db/database.ts';
import { createDb, type Db } from '../../platform/db/db.ts';
import { runUntilStopped } from '../../platform/lifecycle.ts';
import { createLog, type Logger, silentLog } from '../../platform/log.ts';
import { readOwnership } from '../../platform/ownership/ownership.ts';
import { openShared } from '../../platform/port/open-shared.ts';
import { sourceFigures } from '../../platform/resilience/figures.ts';
import { tellSourceViews } from '../../platform/resilience/views.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { connectCutovers } from '../erp/connect.ts';
import { connectIdentity } from '../identity/connect.ts';
import { approvalRules } from './approvals/approval-rules.ts';
import { systemConnectors } from './connect.ts';
import { engineRules } from './engine-rules.ts';
import { startProcesses } from './start.ts';
import { usageRules } from './usage/usage-rules.ts';

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
  /** For `/metrics`. */
  figures(): string;
}

/** Runs acts in a process of their own, on an external database and with connectors of its own, until it is told to stop. */
export const runAlone = <Config extends Settings>(
  about: {
    name: string;
    role: 'worker' | 'client';
    config: (env: Environment) => Config;
    executorId: (config: Config) => string;
  },
  serve: (alone: Alone, config: Config) => Promise<{ url: string; close(): Promise<void> }>,
): Promise<void> =>
  runUntilStopped(async (env, opened) => {
    // everything is judged before anything is opened
    const { config, approvals, rules, usage, life } = readAll({
      config: () => about.config(env),
      approvals: () => approvalRules(env),
      rules: () => engineRules(env),
      usage: () => usageRules(env),
      life: () => cacheLife(env),
      ...systemConnectors(env, { clock: systemClock, log: silentLog, cache: null }),
    });
    const log = createLog(about.name, config.LOG_LEVEL);
    const database = await startDatabase({ dataDir: '', databaseUrl: config.DATABASE_URL, log });
    const db = createDb(database.url, { max: 20, log });
    opened.defer(() => db.destroy());
    const shared = openShared({ db, redisUrl: config.REDIS_URL, life, log }, opened);
    const { sources } = shared;
    const views = tellSourceViews({ db, sources, name: about.name, log });
    opened.defer(() => views.close());
    const services = { ...shared, cutovers: await connectCutovers(env, db, systemClock) };
    const processes = await startProcesses({
      databaseUrl: database.url,
      db,
      executorId: about.executorId(config),
      role: about.role,
      waitedFor: () => false, // who executes answers nobody here
      ports: { ...readAll(systemConnectors(env, services)), identity: await connectIdentity(db, services) },
      ownership: readOwnership(readFileSync(SUPERGRAPH, 'utf8')),
      approvals,
      rules,
      usage,
      systemViews: views,
      clock: systemClock,
      log,
    });
    opened.defer(() => processes.close());
    const server = await serve(
      {
        subgraph: processes.subgraph,
        log,
        ready: () => answers(db),
        figures: () => sourceFigures(sources.all),
      },
      config,
    );
    opened.defer(() => server.close());
    log.info({ url: server.url }, `${about.name} serves`);
  });

const answers = (db: Db): Promise<boolean> =>
  db
    .selectNoFrom((on) => on.lit(1).as('one'))
    .execute()
    .then(
      () => true,
      () => false,
    );
