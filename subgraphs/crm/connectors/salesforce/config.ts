import { z } from 'zod';
import { type Environment, httpUrl, intBetween, readConfig, secret } from '../../../../platform/config.ts';

const CONSUMER_KEY = 'must be the consumer key of the external client app';

const variables = z.object({
  /** The org's My Domain URL; the answer to the token request says where its API is. */
  SALESFORCE_LOGIN_URL: httpUrl,
  SALESFORCE_CLIENT_ID: z.string(CONSUMER_KEY).min(1, CONSUMER_KEY),
  SALESFORCE_CLIENT_SECRET: secret,
  SALESFORCE_API_VERSION: z
    .string()
    .regex(/^\d{2}\.0$/, 'must be an API version, like 66.0')
    .default('66.0'),
  SALESFORCE_TIMEOUT_MS: intBetween(100, 60_000).default(3_000),
});

export interface SalesforceConfig {
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly apiVersion: string;
  /** For each request, the token request included. */
  readonly timeoutMs: number;
}

/** @throws ConfigError with every problem at once */
export function readSalesforceConfig(env: Environment): SalesforceConfig {
  const read = readConfig(variables, env);
  return Object.freeze({
    loginUrl: new URL(read.SALESFORCE_LOGIN_URL).origin,
    clientId: read.SALESFORCE_CLIENT_ID,
    clientSecret: read.SALESFORCE_CLIENT_SECRET,
    apiVersion: read.SALESFORCE_API_VERSION,
    timeoutMs: read.SALESFORCE_TIMEOUT_MS,
  });
}
