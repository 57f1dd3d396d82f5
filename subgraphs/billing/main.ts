import { z } from 'zod';
import { createCache } from '../../platform/cache/create-cache.ts';
import { systemClock } from '../../platform/clock.ts';
import { ConfigError, intBetween, readAll, readConfig, secret } from '../../platform/config.ts';
import { createLog } from '../../platform/log.ts';
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import { connectBilling } from './connect.ts';
import { createBillingSubgraph } from './subgraph.ts';

/** Runs this subgraph alone, for the gateway that shares `HUB_SUBGRAPH_SECRET`. */
const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: intBetween(0, 65_535).default(4102),
  HUB_SUBGRAPH_SECRET: secret,
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis URL, like redis://127.0.0.1:6379' }).optional(),
});

const log = createLog('subgraph-billing');

try {
  const env = process.env; // read here and nowhere else in this process
  // The port is connected before anything listens, so that all problems of both are told at once.
  const { config } = readAll({
    config: () => readConfig(variables, env),
    port: () => connectBilling(env, { clock: systemClock, log, cache: null }),
  });
  const cache = createCache({ redisUrl: config.REDIS_URL ?? null, clock: systemClock, log });
  const port = connectBilling(env, { clock: systemClock, log, cache });
  const server = await serveSubgraph(createBillingSubgraph(port), {
    host: config.HOST,
    port: config.PORT,
    secret: config.HUB_SUBGRAPH_SECRET,
    log,
  });
  log.info({ url: server.url }, 'The billing subgraph listens');
  const stop = async () => {
    await server.close();
    await cache.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
