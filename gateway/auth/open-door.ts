import { sql } from 'kysely';
import { createChanges } from '../../platform/changes/changes.ts';
import { systemClock } from '../../platform/clock.ts';
import { createDb } from '../../platform/db/db.ts';
import { checkExternal } from '../../platform/db/external.ts';
import type { Logger } from '../../platform/log.ts';
import { outboxTail } from '../../platform/outbox/changes.ts';
import { journalTail } from '../../platform/saga/changes.ts';
import type { GatewayOptions } from '../gateway.ts';
import { openAuth } from './auth.ts';
import type { AuthConfig } from './auth-config.ts';

/** The keys and tokens by which callers are known, and what tells of changes. */
export async function openDoor(
  about: {
    databaseUrl: string;
    redisUrl: string | null;
    config: AuthConfig;
    /** Whether changes of the graph are journaled in the same database, so that there can be subscriptions. */
    live: boolean;
  },
  log: Logger,
  opened: AsyncDisposableStack,
) {
  const { databaseUrl, redisUrl, config, live } = about;
  await checkExternal(databaseUrl);
  const db = createDb(databaseUrl, { log });
  opened.defer(() => db.destroy());
  const auth = await openAuth({ config, db, redisUrl, clock: systemClock, log });
  opened.defer(() => auth.close());
  const changes = live ? createChanges({ db, tails: [journalTail, outboxTail], log }) : null;
  if (changes !== null) opened.defer(() => changes.close());
  return {
    ...(changes === null ? {} : { changes }),
    authenticate: auth.authenticate,
    audit: auth.audit,
    seenAs: auth.seenAs,
    door: auth.door,
    // A subgraph that is down leaves its part of answers empty; without its keys the gateway can answer nobody.
    checks: { keys: () => sql`SELECT 1`.execute(db).then(() => true) },
  } satisfies Partial<GatewayOptions>;
}
