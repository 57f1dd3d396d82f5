import { sql } from 'kysely';
import { systemClock } from '../../platform/clock.ts';
import { createDb } from '../../platform/db/db.ts';
import { checkExternal } from '../../platform/db/external.ts';
import type { Logger } from '../../platform/log.ts';
import type { GatewayOptions } from '../gateway.ts';
import { openAuth } from './auth.ts';
import type { AuthConfig } from './auth-config.ts';

/** The keys and tokens by which callers are known. */
export async function openDoor(
  { databaseUrl, redisUrl, config }: { databaseUrl: string; redisUrl: string | null; config: AuthConfig },
  log: Logger,
  opened: AsyncDisposableStack,
) {
  await checkExternal(databaseUrl);
  const db = createDb(databaseUrl, { log });
  opened.defer(() => db.destroy());
  const auth = await openAuth({ config, db, redisUrl, clock: systemClock, log });
  opened.defer(() => auth.close());
  return {
    authenticate: auth.authenticate,
    audit: auth.audit,
    seenAs: auth.seenAs,
    door: auth.door,
    // A subgraph that is down leaves its part of answers empty; without its keys the gateway can answer nobody.
    checks: { keys: () => sql`SELECT 1`.execute(db).then(() => true) },
  } satisfies Partial<GatewayOptions>;
}
