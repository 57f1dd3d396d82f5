import { systemClock } from '../../platform/clock.ts';
import type { Environment } from '../../platform/config.ts';
import { openDatabase } from '../../platform/db/database.ts';
import { createDb, type Db } from '../../platform/db/db.ts';
import { createLog } from '../../platform/log.ts';
import { commandConfig } from './config.ts';

/** Runs one piece of work on the hub's database, whether the hub runs or not. */
export async function withDatabase<T>(
  env: Environment,
  work: (db: Db, clock: typeof systemClock) => Promise<T>,
): Promise<T> {
  const config = commandConfig(env);
  const log = createLog('hub-command', 'warn');
  const database = await openDatabase({ dataDir: config.HUB_DATA_DIR, databaseUrl: config.DATABASE_URL ?? null, log });
  try {
    const db = createDb(database.url, { max: 1, log });
    try {
      return await work(db, systemClock);
    } finally {
      await db.destroy();
    }
  } finally {
    await database.close();
  }
}
