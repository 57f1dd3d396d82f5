import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { type Environment, httpUrl, intBetween, readConfig, secret } from '../../../../platform/config.ts';

/** A PKCS#8 PEM on one line has its line breaks as `\n`. */
const rsaKey = secret
  .transform((pem) => pem.replaceAll('\\n', '\n'))
  .refine(
    isRsaKey,
    'must be an RSA private key of at least 2048 bits as PKCS#8 PEM; line breaks may be written as \\n',
  );

const variables = z.object({
  /** Default: the account's own host. */
  NETSUITE_BASE_URL: httpUrl.optional(),
  NETSUITE_ACCOUNT: z
    .string('must be a NetSuite account id, like 1234567 or 1234567_SB1')
    .regex(/^[\w-]{2,40}$/, 'must be a NetSuite account id, like 1234567 or 1234567_SB1'),
  /** Of the integration record. */
  NETSUITE_CLIENT_ID: z.string('must be the client id of the integration record').min(1),
  /** Of the OAuth 2.0 client credentials (M2M) mapping. */
  NETSUITE_CERTIFICATE_ID: z.string('must be the certificate id of the M2M mapping').min(1),
  NETSUITE_PRIVATE_KEY: rsaKey,
  NETSUITE_TIMEOUT_MS: intBetween(100, 60_000).default(2_000),
  /** Requests in flight; the account's limit is shared by all its integrations. */
  NETSUITE_CONCURRENCY: intBetween(1, 100).default(5),
});

export interface NetSuiteConfig {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly certificateId: string;
  readonly privateKey: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
}

/** @throws ConfigError with every problem at once */
export function readNetSuiteConfig(env: Environment): NetSuiteConfig {
  const read = readConfig(variables, env);
  return Object.freeze({
    baseUrl: (read.NETSUITE_BASE_URL ?? accountUrl(read.NETSUITE_ACCOUNT)).replace(/\/+$/, ''),
    clientId: read.NETSUITE_CLIENT_ID,
    certificateId: read.NETSUITE_CERTIFICATE_ID,
    privateKey: read.NETSUITE_PRIVATE_KEY,
    timeoutMs: read.NETSUITE_TIMEOUT_MS,
    concurrency: read.NETSUITE_CONCURRENCY,
  });
}

/** `1234567_SB1` lives at `1234567-sb1.suitetalk.api.netsuite.com`. */
const accountUrl = (account: string): string =>
  `https://${account.toLowerCase().replaceAll('_', '-')}.suitetalk.api.netsuite.com`;

function isRsaKey(pem: string): boolean {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    return false; // told as a configuration problem; the key's text stays out of it
  }
}
