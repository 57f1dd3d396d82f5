import { type CryptoKey, createLocalJWKSet, errors, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';

export interface IssuerKeysOptions {
  /** Where the issuer publishes its keys (JWKS). */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keys are read again when they are older than this, so that one that was taken back ends here too. */
const FRESH_MS = 10 * 60_000;
/** The issuer is asked at most once in this time, whether it answered or not and however many unknown keys are named. */
export const COOL_DOWN_MS = 10_000;
/** Keys go on holding for so long while the issuer does not answer. */
const KEPT_MS = 60 * 60_000;
const TIMEOUT_MS = 2_000;
const MAX_BYTES = 1024 * 1024;

/**
 * The public keys of an issuer. jose finds the key and judges it; when to ask again is ours: its own remote set asks anew for
 * each token while the issuer is down, and holds no key when it cannot.
 * The answer throws UNAVAILABLE when no keys could be had.
 */
export function createIssuerKeys({ url, clock, log }: IssuerKeysOptions): JWTVerifyGetKey<CryptoKey> {
  let known: { readonly keys: LocalJWKSet; readonly readAt: number } | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    try {
      known = { keys: createLocalJWKSet(await read(url)), readAt: clock.now() };
    } catch (error) {
      log.warn({ err: error, url }, 'the keys of an issuer of tokens could not be read');
    }
  }

  /** Asks the issuer, together with who asks already; not within the cool-down. */
  async function askAgain(): Promise<void> {
    if (asking === null) {
      if (Math.abs(clock.now() - askedAt) < COOL_DOWN_MS) return;
      askedAt = clock.now();
      asking = ask().finally(() => {
        asking = null;
      });
    }
    await asking;
  }

  return async (header, token) => {
    if (known === null || clock.now() - known.readAt >= FRESH_MS) await askAgain();
    if (known === null || clock.now() - known.readAt >= KEPT_MS) {
      throw new HubError('UNAVAILABLE', 'Tokens cannot be checked at the moment', { system: 'HUB' });
    }
    const { keys } = known;
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await askAgain();
      if (known.keys === keys) throw error;
      return known.keys(header, token);
    }
  };
}

async function read(url: string): Promise<Parameters<typeof createLocalJWKSet>[0]> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`answered more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as Parameters<typeof createLocalJWKSet>[0]; // judged by jose
}
