import { z } from 'zod';
import { type Environment, httpUrl, intBetween, readConfig, secret } from '../../../../platform/config.ts';

const variables = z.object({
  RT_BASE_URL: httpUrl.refine(
    (url) => /\/REST\/2\.0\/?$/.test(url),
    'must be the address of the REST API, like https://rt.example.com/REST/2.0',
  ),
  /** An authentication token of the agent as whom the hub signs in. */
  RT_TOKEN: secret,
  RT_TIMEOUT_MS: intBetween(500, 60_000).default(5_000),
  /** Requests at one time. A slow search holds one of RT's workers until it ends, also when nobody waits for it any more. */
  RT_CONCURRENCY: intBetween(1, 32).default(4),
  /** Priority from which a ticket counts as escalated. */
  RT_ESCALATED_PRIORITY: intBetween(1, 1_000_000).default(100),
});

export interface RtConfig {
  readonly baseUrl: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly escalatedPriority: number;
}

/** @throws ConfigError with every problem at once */
export function readRtConfig(env: Environment): RtConfig {
  const read = readConfig(variables, env);
  return Object.freeze({
    baseUrl: read.RT_BASE_URL.replace(/\/+$/, ''),
    token: read.RT_TOKEN,
    timeoutMs: read.RT_TIMEOUT_MS,
    concurrency: read.RT_CONCURRENCY,
    escalatedPriority: read.RT_ESCALATED_PRIORITY,
  });
}
