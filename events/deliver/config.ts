import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../../platform/config.ts';
import { isNetwork, type Networks, networksOf } from '../../platform/keys/networks.ts';

/** How events leave; docs/events.md, "Webhooks out". */
export interface DeliverSettings {
  /** Keeps the signing secrets; null: none is set, see `secretsKey`. */
  readonly secretsKey: string | null;
  /** Networks that a subscriber may be in although they are private. Loopback among them also allows http there. */
  readonly allowed: Networks;
  /** Longest wait for the whole answer of a receiver. */
  readonly timeoutMs: number;
  /** How long an event that fails is tried again. */
  readonly retryForMs: number;
  /** After so long with nothing but failures a subscription is disabled. */
  readonly disableAfterMs: number;
  /** How long a process has a lane without saying so again: so long the lanes of one that was killed stand still. */
  readonly leaseMs: number;
  /** How long events are kept once they are recorded. */
  readonly keepForMs: number;
}

const HOUR_MS = 3_600_000;

const Shape = z.object({
  EVENTS_SECRETS_KEY: z.string().min(32, 'must be at least 32 characters, the same in all processes').optional(),
  EVENTS_ALLOW_NETWORKS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .refine((all) => all.every(isNetwork), 'must be addresses or networks, like 127.0.0.0/8,10.20.0.0/16'),
  EVENTS_TIMEOUT_MS: intBetween(100, 60_000).default(10_000),
  EVENTS_RETRY_HOURS: intBetween(1, 720).default(72),
  EVENTS_DISABLE_AFTER_HOURS: intBetween(1, 720).default(120),
  EVENTS_LEASE_MS: intBetween(200, 600_000).default(15_000),
  EVENTS_KEEP_DAYS: intBetween(1, 3_650).default(30),
});

/** @throws ConfigError with every problem */
export function deliverSettings(env: Environment): DeliverSettings {
  const read = readConfig(Shape, env);
  return {
    secretsKey: read.EVENTS_SECRETS_KEY ?? null,
    allowed: networksOf(read.EVENTS_ALLOW_NETWORKS),
    timeoutMs: read.EVENTS_TIMEOUT_MS,
    retryForMs: read.EVENTS_RETRY_HOURS * HOUR_MS,
    disableAfterMs: read.EVENTS_DISABLE_AFTER_HOURS * HOUR_MS,
    leaseMs: read.EVENTS_LEASE_MS,
    keepForMs: read.EVENTS_KEEP_DAYS * 24 * HOUR_MS,
  };
}
