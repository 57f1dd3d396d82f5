import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, startDatabase } from '../../platform/db/database.ts';
import { silentLog } from '../../platform/log.ts';

/** As many as some test files at a time open, each with pools of its own and perhaps a whole hub. */
const CONNECTIONS = 500;

/** An embedded PostgreSQL that forgets everything, in a folder of its own that is removed at its end. */
export async function startTestServer(): Promise<Database> {
  const dataDir = await mkdtemp(join(tmpdir(), 'concord-test-'));
  await chmod(dataDir, 0o755); // run by root, the server's user must get in
  const database = await startDatabase({ dataDir, log: silentLog, durable: false, maxConnections: CONNECTIONS });
  return {
    url: database.url,
    close: async () => {
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
