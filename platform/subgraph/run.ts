import { z } from 'zod';
import { cacheLife } from '../cache/life.ts';
import { systemClock } from '../clock.ts';
import { type Environment, readAll, readConfig } from '../config.ts';
import { createDb } from '../db/db.ts';
import { runUntilStopped } from '../lifecycle.ts';
import { createLog, silentLog } from '../log.ts';
import { openShared } from '../port/open-shared.ts';
import type { PortServices } from '../port/wrapped.ts';
import { sourceFigures } from '../resilience/figures.ts';
import { tellSourceViews } from '../resilience/views.ts';
import { SETTINGS } from '../settings.ts';
import { serveSubgraph } from './serve.ts';
import type { Subgraph } from './subgraph.ts';

/** A subgraph that wraps one system, as its `main.ts` runs it alone. */
export interface SystemSubgraph<Port> {
  readonly name: string;
  /** Port it listens on unless `PORT` says otherwise. */
  readonly standardPort: number;
  readonly connect: (env: Environment, services: PortServices) => Port;
  readonly create: (port: Port) => Subgraph;
}

/**
 * Runs a system's subgraph alone, over signed HTTP for the gateway that shares `HUB_SUBGRAPH_SECRET`, until it is told to stop.
 * Callers who are limited to rows are judged by the register in `DATABASE_URL`; without it they are refused.
 */
export const runSubgraph = <Port>({ name, standardPort, connect, create }: SystemSubgraph<Port>): Promise<void> =>
  runUntilStopped(async (env, opened) => {
    const { config, life } = readAll({
      config: () =>
        readConfig(
          z.object({
            HOST: SETTINGS.host,
            PORT: SETTINGS.port(standardPort),
            HUB_SUBGRAPH_SECRET: SETTINGS.subgraphSecret,
            REDIS_URL: SETTINGS.redisUrl.optional(),
            DATABASE_URL: SETTINGS.databaseUrl.optional(),
            LOG_LEVEL: SETTINGS.logLevel.default('info'),
          }),
          env,
        ),
      // connected once without anything around it, so that the problems of both are told together
      port: () => connect(env, { clock: systemClock, log: silentLog, cache: null }),
      life: () => cacheLife(env),
    });
    const log = createLog(name, config.LOG_LEVEL);
    // Connects when first asked: callers who see every customer are served also while the database is away.
    const db = config.DATABASE_URL === undefined ? null : createDb(config.DATABASE_URL, { max: 4, log });
    opened.defer(async () => db?.destroy());
    const services = openShared({ db, redisUrl: config.REDIS_URL, life, log }, opened);
    const { sources } = services;
    const subgraph = create(connect(env, services));
    const views = db === null ? null : tellSourceViews({ db, sources, name, log });
    opened.defer(() => views?.close());
    const server = await serveSubgraph(subgraph, {
      host: config.HOST,
      port: config.PORT,
      secret: config.HUB_SUBGRAPH_SECRET,
      log,
      figures: () => sourceFigures(sources.all),
    });
    opened.defer(() => server.close());
    log.info({ url: server.url }, `${name} serves`);
  });
