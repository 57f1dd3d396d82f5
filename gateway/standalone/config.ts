import { z } from 'zod';
import { ConfigError, type Environment, intBetween, readConfig } from '../../platform/config.ts';
import { SETTINGS } from '../../platform/settings.ts';
import { isLoopback } from '../config.ts';
import type { Flags } from './flags.ts';

/** How the subgraphs of a foreign graph are asked. */
export interface SubgraphLimits {
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** Longest wait for one answer. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

const Limits = z.object({
  HUB_SUBGRAPH_CONNECTIONS: intBetween(1, 10_000).default(64),
  HUB_SUBGRAPH_CONNECT_TIMEOUT_MS: intBetween(10, 60_000).default(500),
  HUB_SUBGRAPH_TIMEOUT_MS: intBetween(10, 60_000).default(2_000),
  HUB_SUBGRAPH_ANSWER_BYTES: intBetween(1_024, 256 * 1024 * 1024).default(8 * 1024 * 1024),
});

/** @throws ConfigError with every problem */
export function readSubgraphLimits(env: Environment): SubgraphLimits {
  const read = readConfig(Limits, env);
  return Object.freeze({
    connections: read.HUB_SUBGRAPH_CONNECTIONS,
    connectTimeoutMs: read.HUB_SUBGRAPH_CONNECT_TIMEOUT_MS,
    timeoutMs: read.HUB_SUBGRAPH_TIMEOUT_MS,
    maxAnswerBytes: read.HUB_SUBGRAPH_ANSWER_BYTES,
  });
}

/** What the flags say stands in for the variables of the same meaning. */
export const withFlags = (env: Environment, { host, port }: Flags): Environment => ({
  ...env,
  ...(host === null ? {} : { HOST: host }),
  ...(port === null ? {} : { PORT: String(port) }),
});

const Host = z.object({ HOST: SETTINGS.host });

/** Who asks nobody must not be reached by everybody, unless that was said too. @throws ConfigError */
export function checkReach({ auth, openToNetwork }: Flags, env: Environment): void {
  const host = readConfig(Host, env).HOST;
  if (auth || openToNetwork || isLoopback(host)) return;
  throw new ConfigError([
    `--no-auth: whoever reaches ${host} could do everything without a key. Listen on 127.0.0.1, or let callers send keys ` +
      '(without --no-auth), or say --open-to-network as well where something in front of the gateway judges who may pass',
  ]);
}

const LogLevel = z.object({ LOG_LEVEL: SETTINGS.logLevel.default('info') });
export const readLogLevel = (env: Environment): string => readConfig(LogLevel, env).LOG_LEVEL;
