import { z } from 'zod';
import { intBetween, secret } from './config.ts';

/** Variables that several processes of the system read, each under one name with one meaning; README, "Configuration". */
export const SETTINGS = {
  host: z.string().min(1).default('127.0.0.1'),
  port: (standard: number) => intBetween(0, 65_535).default(standard),
  databaseUrl: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a PostgreSQL URL, like postgres://user:password@host:5432/concord',
  }),
  redisUrl: z.url({ protocol: /^rediss?$/, error: 'must be a Redis URL, like redis://127.0.0.1:6379' }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'),
  /** Shared by the gateway and all subgraphs. */
  subgraphSecret: secret,
  executorId: z
    .string('must be a name of its own for each worker, the same at every start, like worker-1')
    .regex(/^[\w.-]{1,60}$/, 'must be 1 to 60 letters, digits, dots or dashes'),
} as const;
