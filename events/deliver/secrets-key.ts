import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { ConfigError } from '../../platform/config.ts';
import { createSeal, type Seal } from '../../platform/seal.ts';
import type { DeliverSettings } from './config.ts';

const VARIABLE = 'EVENTS_SECRETS_KEY';

/** By the key of the configuration. @throws ConfigError where there is none */
export function configuredSeal({ secretsKey }: DeliverSettings): Seal {
  if (secretsKey !== null) return createSeal(secretsKey, VARIABLE);
  throw new ConfigError([
    `${VARIABLE}: is required; it keeps the secrets by which events are signed, at least 32 characters`,
  ]);
}

/** By the key of the configuration, or by one of its own, made when first needed and kept in a file that only this user reads. */
export async function keptSeal({ secretsKey }: DeliverSettings, file: string): Promise<Seal> {
  if (secretsKey !== null) return createSeal(secretsKey, VARIABLE);
  const made = randomBytes(32).toString('base64url');
  await writeFile(file, made, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return createSeal(await readFile(file, 'utf8'), VARIABLE);
}
