import { z } from 'zod';
import { type Environment, httpUrl, intBetween, readConfig, secret } from '../../../../platform/config.ts';

const variables = z.object({
  /** `https://{subdomain}.zendesk.com`. */
  ZENDESK_BASE_URL: httpUrl,
  /** The agent as whom the hub signs in; needs to read tickets and organizations and to write entitlement records. */
  ZENDESK_EMAIL: z.email('must be the e-mail address of the agent that the hub signs in as'),
  ZENDESK_API_TOKEN: secret,
  ZENDESK_TIMEOUT_MS: intBetween(100, 60_000).default(2_000),
  /** Signing secrets of the webhooks that point at the hub, separated by commas: two while one is being replaced. */
  ZENDESK_WEBHOOK_SECRETS: z.string().optional(),
});

export interface ZendeskConfig {
  readonly baseUrl: string;
  readonly email: string;
  readonly apiToken: string;
  readonly timeoutMs: number;
  /** Empty: no webhook is accepted. */
  readonly webhookSecrets: readonly string[];
}

/** @throws ConfigError with every problem at once */
export function readZendeskConfig(env: Environment): ZendeskConfig {
  const read = readConfig(variables, env);
  return Object.freeze({
    baseUrl: read.ZENDESK_BASE_URL.replace(/\/+$/, ''),
    email: read.ZENDESK_EMAIL,
    apiToken: read.ZENDESK_API_TOKEN,
    timeoutMs: read.ZENDESK_TIMEOUT_MS,
    webhookSecrets: readZendeskWebhookSecrets(env),
  });
}

/** The secrets with which Zendesk signs webhooks; none: no webhook of it is taken. */
export const readZendeskWebhookSecrets = (env: Environment): readonly string[] =>
  (env.ZENDESK_WEBHOOK_SECRETS ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean);
