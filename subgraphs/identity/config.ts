import { z } from 'zod';
import { type Environment, intBetween, readConfig, secret } from '../../platform/config.ts';

const Config = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: intBetween(0, 65_535).default(4100),
  HUB_SUBGRAPH_SECRET: secret,
  DATABASE_URL: z.string('must be like postgres://user:password@host:5432/database'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** What the identity subgraph needs to run alone. @throws ConfigError */
export const identityConfig = (env: Environment) => readConfig(Config, env);
