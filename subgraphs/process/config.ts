import { z } from 'zod';
import { type Environment, readConfig } from '../../platform/config.ts';
import { SETTINGS } from '../../platform/settings.ts';

const shared = {
  HOST: SETTINGS.host,
  PORT: SETTINGS.port(4106),
  DATABASE_URL: SETTINGS.databaseUrl,
  REDIS_URL: SETTINGS.redisUrl.optional(),
  LOG_LEVEL: SETTINGS.logLevel.default('info'),
};

const Graph = z.object({ ...shared, HUB_SUBGRAPH_SECRET: SETTINGS.subgraphSecret });
const Worker = z.object({
  ...shared,
  HUB_EXECUTOR_ID: SETTINGS.executorId,
});

/** What the process subgraph needs to serve the graph alone. @throws ConfigError */
export const graphConfig = (env: Environment) => readConfig(Graph, env);
/** What a worker needs. @throws ConfigError */
export const workerConfig = (env: Environment) => readConfig(Worker, env);
