import { z } from 'zod';
import { type Environment, httpUrl, intBetween, readConfig, secret } from '../../../../platform/config.ts';

const variables = z.object({
  /** A secret or restricted key; the rights that it needs are in README.md. */
  STRIPE_API_KEY: secret.regex(/^(sk|rk)_/, 'must be a secret or restricted key, which begins with sk_ or rk_'),
  STRIPE_BASE_URL: httpUrl.default('https://api.stripe.com'),
  STRIPE_TIMEOUT_MS: intBetween(100, 60_000).default(2_000),
  /** Requests in flight. Stripe takes 100 a second in live mode, 25 in a sandbox. */
  STRIPE_CONCURRENCY: intBetween(1, 100).default(20),
});

export interface StripeConfig {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
}

/** @throws ConfigError with every problem at once */
export function readStripeConfig(env: Environment): StripeConfig {
  const read = readConfig(variables, env);
  return Object.freeze({
    apiKey: read.STRIPE_API_KEY,
    baseUrl: new URL(read.STRIPE_BASE_URL).origin,
    timeoutMs: read.STRIPE_TIMEOUT_MS,
    concurrency: read.STRIPE_CONCURRENCY,
  });
}

const webhookVariables = z.object({
  /** Signing secrets, comma-separated: two while one is rolled. */
  STRIPE_WEBHOOK_SECRETS: secret
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine(
      (secrets) => secrets.every((one) => /^whsec_\S{8,}$/.test(one)),
      'must be signing secrets that begin with whsec_, separated by commas',
    ),
});

/** The secrets with which Stripe signs webhooks. @throws ConfigError */
export const readStripeWebhookSecrets = (env: Environment): readonly string[] =>
  readConfig(webhookVariables, env).STRIPE_WEBHOOK_SECRETS;
