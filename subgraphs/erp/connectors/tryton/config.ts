import { z } from 'zod';
import { type Environment, httpUrl, intBetween, readConfig, secret } from '../../../../platform/config.ts';

const variables = z.object({
  /** Where trytond answers, without the database. */
  TRYTON_BASE_URL: httpUrl,
  TRYTON_DATABASE: z.string().regex(/^[\w.-]{1,63}$/, 'must be the name of a Tryton database'),
  TRYTON_USER: z.string().min(1, 'must be the login of a Tryton user; its company is the one the hub works in'),
  TRYTON_PASSWORD: secret,
  TRYTON_TIMEOUT_MS: intBetween(100, 60_000).default(5_000),
  /** Requests in flight. Threads of one trytond share one interpreter: more than a few only wait there. */
  TRYTON_CONCURRENCY: intBetween(1, 100).default(4),
});

export interface TrytonConfig {
  readonly origin: string;
  /** Path that every request goes to. */
  readonly path: string;
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
}

/** @throws ConfigError with every problem at once */
export function readTrytonConfig(env: Environment): TrytonConfig {
  const read = readConfig(variables, env);
  const base = new URL(read.TRYTON_BASE_URL);
  return Object.freeze({
    origin: base.origin,
    path: `${base.pathname.replace(/\/+$/, '')}/${read.TRYTON_DATABASE}/`,
    user: read.TRYTON_USER,
    password: read.TRYTON_PASSWORD,
    timeoutMs: read.TRYTON_TIMEOUT_MS,
    concurrency: read.TRYTON_CONCURRENCY,
  });
}
