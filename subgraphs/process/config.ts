import { z } from 'zod';
import { type Environment, intBetween, readConfig, secret } from '../../platform/config.ts';

const shared = {
  HOST: z.string().default('127.0.0.1'),
  PORT: intBetween(0, 65_535).default(4106),
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a PostgreSQL URL, like postgres://user:password@host:5432/concord',
  }),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a Redis URL, like redis://127.0.0.1:6379' }).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
};

const Graph = z.object({ ...shared, HUB_SUBGRAPH_SECRET: secret });
const Worker = z.object({
  ...shared,
  HUB_EXECUTOR_ID: z
    .string('must be this worker’s own name, like worker-1, the same at every start')
    .regex(/^[\w.-]{1,60}$/, 'must be 1 to 60 letters, digits, dots or dashes'),
});

/** What the process subgraph needs to serve the graph alone. @throws ConfigError */
export const graphConfig = (env: Environment) => readConfig(Graph, env);
/** What a worker needs. @throws ConfigError */
export const workerConfig = (env: Environment) => readConfig(Worker, env);
