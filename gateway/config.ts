import { z } from 'zod';
import { ConfigError, type Environment, intBetween, readAll, readConfig } from '../platform/config.ts';
import { SETTINGS } from '../platform/settings.ts';
import { pointsBySubgraph, type UpstreamBudgets, upstreamBudgets } from './cost/upstreams.ts';
import type { LiveSettings } from './live/streams.ts';
import type { OperationsMode } from './operations/choose-document.ts';
import { ManifestError, readManifest } from './operations/manifest.ts';
import type { RegisteredOperation } from './operations/registry.ts';
import { DEFAULT_LIMITS, type Limits } from './plugins/limits.ts';
import { readPolicies } from './policy/policies-file.ts';
import type { Policies } from './policy/scopes.ts';

export interface GatewayConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Shows the schema, suggestions and the GraphiQL page. The default on loopback only. */
  readonly development: boolean;
  /** Longest time one request may take. */
  readonly deadlineMs: number;
  /** Longest time until the headers of a request are there, and until its body is, before the connection is closed. */
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** Origins of browser pages that may read answers. */
  readonly corsOrigins: readonly string[];
  readonly limits: Limits;
  /** Most operations of one request; 0: a request is one operation, and a list of them is refused. */
  readonly batchLimit: number;
  /** Subscriptions, as docs/live.md tells. */
  readonly live: LiveSettings;
  readonly cost: {
    /** Entries of a list about which the schema says nothing. */
    readonly listSize: number;
    readonly upstreams: UpstreamBudgets;
  };
  /** What every caller may run; a key can be held to registered operations where this is `free`. */
  readonly operations: OperationsMode;
  readonly registered: readonly RegisteredOperation[];
  /** What the graph's `@policy` names stand for; a name that is not here is met by nobody. */
  readonly policies: Policies;
  /** Shares automatic persisted queries between processes; null: each keeps its own. */
  readonly redisUrl: string | null;
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const limit = (name: keyof Limits, max: number) =>
  intBetween(1, max)
    .optional()
    .transform((value) => value ?? DEFAULT_LIMITS[name]);

const Shape = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: intBetween(0, 65_535).default(4000),
  HUB_MODE: z.enum(['development', 'production'], 'must be development or production').optional(),
  HUB_REQUEST_DEADLINE_MS: intBetween(100, 60_000).default(10_000),
  HUB_HEADERS_TIMEOUT_MS: intBetween(100, 60_000).default(10_000),
  HUB_BODY_TIMEOUT_MS: intBetween(100, 120_000).default(15_000),
  HUB_CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    )
    .refine(
      (origins) => origins.every((origin) => URL.parse(origin)?.origin === origin),
      'must be origins separated by commas, like https://portal.example',
    ),
  OPERATIONS: z.enum(['free', 'registered'], 'must be free or registered').default('free'),
  OPERATIONS_FILE: z.string().optional(),
  REDIS_URL: SETTINGS.redisUrl.optional(),
  HUB_LIMIT_BODY_BYTES: limit('bodyBytes', 16 * 1024 * 1024),
  HUB_LIMIT_TOKENS: limit('tokens', 20_000),
  HUB_LIMIT_DEPTH: limit('depth', 100),
  HUB_LIMIT_ALIASES: limit('aliases', 10_000),
  HUB_LIMIT_ROOT_FIELDS: limit('rootFields', 1_000),
  HUB_LIMIT_DIRECTIVES: limit('directives', 10_000),
  HUB_LIMIT_DEFINITIONS: limit('definitions', 1_000),
  HUB_LIMIT_SELECTIONS: limit('selections', 100_000),
  HUB_LIMIT_VARIABLE_DEPTH: limit('variableDepth', 500),
  HUB_LIMIT_VARIABLE_KEYS: limit('variableKeys', 100_000),
  HUB_LIMIT_ID_LENGTH: limit('idLength', 100_000),
  HUB_LIMIT_PAGE_SIZE: limit('pageSize', 1_000),
  HUB_BATCH_LIMIT: intBetween(0, 100).default(0),
  HUB_LIVE_STREAMS: intBetween(0, 100_000).default(1_000),
  HUB_LIVE_STREAMS_PER_KEY: intBetween(0, 100_000).default(20),
  HUB_LIVE_GAP_MS: intBetween(10, 60_000).default(250),
  HUB_LIVE_REPEAT_MS: intBetween(100, 600_000).default(15_000),
  HUB_LIVE_HEARTBEAT_MS: intBetween(100, 60_000).default(12_000),
  HUB_LIVE_STALL_MS: intBetween(100, 600_000).default(30_000),
  HUB_COST_LIST_SIZE: intBetween(1, 1_000).default(10),
  HUB_UPSTREAM_MAX_COST: pointsBySubgraph,
  HUB_UPSTREAM_COST_PER_MINUTE: pointsBySubgraph,
});

/** Reads the gateway's part of the environment. @throws ConfigError with every problem at once */
export function gatewayConfig(env: Environment): GatewayConfig {
  const { read, registered, policies } = readAll({
    read: () => readConfig(Shape, env),
    registered: () => registeredBy(env),
    policies: () => (env.HUB_POLICIES ? readPolicies(env.HUB_POLICIES) : {}),
  });
  return Object.freeze({
    host: read.HOST,
    port: read.PORT,
    development: (read.HUB_MODE ?? (isLoopback(read.HOST) ? 'development' : 'production')) === 'development',
    deadlineMs: read.HUB_REQUEST_DEADLINE_MS,
    headersTimeoutMs: Math.min(read.HUB_HEADERS_TIMEOUT_MS, read.HUB_BODY_TIMEOUT_MS),
    bodyTimeoutMs: read.HUB_BODY_TIMEOUT_MS,
    corsOrigins: read.HUB_CORS_ORIGINS,
    limits: Object.freeze({
      bodyBytes: read.HUB_LIMIT_BODY_BYTES,
      tokens: read.HUB_LIMIT_TOKENS,
      depth: read.HUB_LIMIT_DEPTH,
      aliases: read.HUB_LIMIT_ALIASES,
      rootFields: read.HUB_LIMIT_ROOT_FIELDS,
      directives: read.HUB_LIMIT_DIRECTIVES,
      definitions: read.HUB_LIMIT_DEFINITIONS,
      selections: read.HUB_LIMIT_SELECTIONS,
      variableDepth: read.HUB_LIMIT_VARIABLE_DEPTH,
      variableKeys: read.HUB_LIMIT_VARIABLE_KEYS,
      idLength: read.HUB_LIMIT_ID_LENGTH,
      pageSize: read.HUB_LIMIT_PAGE_SIZE,
    }),
    batchLimit: read.HUB_BATCH_LIMIT,
    live: Object.freeze({
      streams: read.HUB_LIVE_STREAMS,
      streamsPerKey: read.HUB_LIVE_STREAMS_PER_KEY,
      gapMs: read.HUB_LIVE_GAP_MS,
      repeatMs: read.HUB_LIVE_REPEAT_MS,
      heartbeatMs: read.HUB_LIVE_HEARTBEAT_MS,
      stallMs: read.HUB_LIVE_STALL_MS,
    }),
    cost: Object.freeze({
      listSize: read.HUB_COST_LIST_SIZE,
      upstreams: upstreamBudgets(read.HUB_UPSTREAM_MAX_COST, read.HUB_UPSTREAM_COST_PER_MINUTE),
    }),
    operations: read.OPERATIONS,
    registered,
    policies: Object.freeze(policies),
    redisUrl: read.REDIS_URL ?? null,
  });
}

/** @throws ConfigError with every problem of the manifest */
function registeredBy({ OPERATIONS, OPERATIONS_FILE }: Environment): readonly RegisteredOperation[] {
  if (!OPERATIONS_FILE) {
    if (OPERATIONS !== 'registered') return [];
    throw new ConfigError([
      'OPERATIONS_FILE: is required while OPERATIONS=registered; it names the manifest or folder',
    ]);
  }
  try {
    return readManifest(OPERATIONS_FILE);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new ConfigError(error.problems.map((problem) => `OPERATIONS_FILE: ${problem}`));
  }
}
