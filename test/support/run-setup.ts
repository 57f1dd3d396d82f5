/**
 * What a whole run of the tests shares (`--test-global-setup`, package.json): one database server for all files that do not
 * test the server itself. A file that is run alone starts its own (database.ts).
 */
import type { Database } from '../../platform/db/database.ts';
import { startTestServer } from './database-server.ts';

let server: Database | undefined;

export async function globalSetup(): Promise<void> {
  if (process.env.TEST_DATABASE_URL || process.env.DATABASE_URL) return;
  server = await startTestServer();
  process.env.TEST_DATABASE_URL = server.url; // each file's process begins with this environment
}

export async function globalTeardown(): Promise<void> {
  await server?.close();
}
