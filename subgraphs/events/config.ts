import { z } from 'zod';
import { deliverSettings } from '../../events/deliver/config.ts';
import { configuredSeal } from '../../events/deliver/secrets-key.ts';
import { reconcileSettings } from '../../events/reconcile/config.ts';
import { type Environment, readAll, readConfig } from '../../platform/config.ts';
import { standardBudget } from '../../platform/keys/standard-budget.ts';
import { SETTINGS } from '../../platform/settings.ts';

const Config = z.object({
  HOST: SETTINGS.host,
  PORT: SETTINGS.port(4109),
  HUB_SUBGRAPH_SECRET: SETTINGS.subgraphSecret,
  DATABASE_URL: SETTINGS.databaseUrl,
  LOG_LEVEL: SETTINGS.logLevel.default('info'),
});

/** What the events subgraph needs to run alone. @throws ConfigError */
export const eventsConfig = (env: Environment) =>
  readAll({
    settings: () => readConfig(Config, env),
    budget: () => standardBudget(env),
    deliver: () => deliverSettings(env),
    reconcile: () => reconcileSettings(env),
    seal: () => configuredSeal(deliverSettings(env)),
  });
