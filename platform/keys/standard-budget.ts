import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../config.ts';
import { type Budget, DEFAULT_BUDGET } from '../principal.ts';

const part = (name: keyof Budget, most: number) =>
  intBetween(1, most)
    .optional()
    .transform((value) => value ?? DEFAULT_BUDGET[name]);

const Shape = z.object({
  HUB_KEY_COST_PER_MINUTE: part('costPerMinute', 1_000_000_000),
  HUB_KEY_REQUESTS_PER_MINUTE: part('requestsPerMinute', 10_000_000),
  HUB_KEY_CONCURRENCY: part('concurrency', 1_000),
  HUB_KEY_MAX_COST: part('maxCost', 10_000_000),
});

/** What keys and roles that bring no budget of their own may ask of the hub; the gateway and `access` read the same. @throws ConfigError */
export function standardBudget(env: Environment): Budget {
  const read = readConfig(Shape, env);
  return Object.freeze({
    costPerMinute: read.HUB_KEY_COST_PER_MINUTE,
    requestsPerMinute: read.HUB_KEY_REQUESTS_PER_MINUTE,
    concurrency: read.HUB_KEY_CONCURRENCY,
    maxCost: read.HUB_KEY_MAX_COST,
  });
}
