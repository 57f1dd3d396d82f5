import { z } from 'zod';
import { type Environment, readAll, readConfig } from '../../platform/config.ts';
import { standardBudget } from '../../platform/keys/standard-budget.ts';
import { SETTINGS } from '../../platform/settings.ts';

const Config = z.object({
  HOST: SETTINGS.host,
  PORT: SETTINGS.port(4108),
  HUB_SUBGRAPH_SECRET: SETTINGS.subgraphSecret,
  DATABASE_URL: SETTINGS.databaseUrl,
  LOG_LEVEL: SETTINGS.logLevel.default('info'),
});

/** What the access subgraph needs to run alone. @throws ConfigError */
export const accessConfig = (env: Environment) =>
  readAll({ settings: () => readConfig(Config, env), budget: () => standardBudget(env) });
