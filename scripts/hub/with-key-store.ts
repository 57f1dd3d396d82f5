import { createKeyStore, type KeyStore, migrateKeys } from '../../gateway/auth/key-store.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Environment } from '../../platform/config.ts';
import { openDatabase } from '../../platform/db/database.ts';
import { createDb } from '../../platform/db/db.ts';
import { createLog } from '../../platform/log.ts';
import { commandConfig } from './config.ts';

/** Runs one piece of work on the hub's keys, whether the hub runs or not. */
export async function withKeyStore<T>(env: Environment, work: (store: KeyStore) => Promise<T>): Promise<T> {
  const config = commandConfig(env);
  const log = createLog('hub-command', 'warn');
  const database = await openDatabase({ dataDir: config.HUB_DATA_DIR, databaseUrl: config.DATABASE_URL ?? null, log });
  try {
    const db = createDb(database.url, { max: 1, log });
    try {
      await migrateKeys(db);
      return await work(createKeyStore(db, systemClock, log));
    } finally {
      await db.destroy();
    }
  } finally {
    await database.close();
  }
}
