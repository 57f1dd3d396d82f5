import { migrateAudit } from '../../platform/audit/audit-tables.ts';
import { createRecorder } from '../../platform/audit/recorder.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { createKeyStore, type KeyStore, migrateKeys } from '../../platform/keys/key-store.ts';
import type { Authenticate } from '../../platform/keys/verdict.ts';
import type { Logger } from '../../platform/log.ts';
import { createLimiter, type Limiter } from '../limits/limiter.ts';
import { type Audit, createAudit } from '../plugins/audit.ts';
import type { AuthConfig } from './auth-config.ts';
import { authenticating } from './authenticate.ts';
import type { TrustedProxies } from './client-address.ts';
import { type SeenAs, seenAs } from './seen-as.ts';
import { createTokens } from './tokens.ts';

/** All that judges callers, as a process of the gateway opens it once. */
export interface Auth {
  readonly keys: KeyStore;
  readonly authenticate: Authenticate;
  readonly audit: Audit;
  readonly seenAs: SeenAs;
  /** For the gateway's `door`. */
  readonly door: { readonly limiter: Limiter; readonly trustedProxies: TrustedProxies };
  close(): Promise<void>;
}

export interface AuthOptions {
  readonly config: AuthConfig;
  readonly db: Db;
  /** null: the limits are counted in this process alone. */
  readonly redisUrl: string | null;
  /** Names that `acts` of a key may hold. Default: any that is formed like one. */
  readonly mutations?: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens keys, tokens and limits; the tables of the keys are brought up to date first. */
export async function openAuth({ config, db, redisUrl, clock, log, ...known }: AuthOptions): Promise<Auth> {
  const { budget, issuers, trustedProxies } = config;
  await migrateAudit(db);
  await migrateKeys(db);
  const keys = createKeyStore(db, clock, { log, budget, ...known });
  const tokens = issuers.length === 0 ? null : createTokens({ issuers, clock, log, budget });
  const limiter = createLimiter({ redisUrl, clock, log });
  const recorder = createRecorder({ db, clock, log });
  return {
    keys,
    audit: createAudit({ recorder, isKey: async (id) => (await keys.show(id)) !== null }),
    authenticate: authenticating(keys, tokens),
    seenAs: seenAs(keys),
    door: { limiter, trustedProxies },
    close: async () => {
      await recorder.close();
      await limiter.close();
    },
  };
}
