import { closeBeforeDatabase, testDatabase } from './database.ts';
import { type StartedHub, startHub } from './hub.ts';

/**
 * A hub as `startHub` starts it, on a fresh database of the tests' server: for what is not about a hub's own database, which
 * takes seconds to make. Closed after the file's last test where nobody did before.
 */
export async function startHubOnTestDatabase(options: Parameters<typeof startHub>[0]): Promise<StartedHub> {
  const { url } = await testDatabase();
  const hub = await startHub({ ...options, env: { DATABASE_URL: url, ...options.env } });
  closeBeforeDatabase(hub.close);
  return hub;
}
