import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, startDatabase } from '../../platform/db/database.ts';
import { silentLog } from '../../platform/log.ts';
import type { RunningSandbox } from '../../sandbox/start.ts';
import { freePort } from '../support/free-port.ts';
import { type HubProcess, ready, startProcess, temporaryFolder } from '../support/hub.ts';
import { type ChaosKeys, chaosKeys } from './keys.ts';

/** Where a run keeps its state: in the hub's own database, or in one that it did not start. */
export const SET_UPS = ['embedded', 'external'] as const;
export type SetUp = (typeof SET_UPS)[number];

/** A process that is killed without warning, and started again as a supervisor would. */
export interface Victim {
  readonly name: string;
  killAndStart(): Promise<void>;
}

export interface Hub {
  readonly url: string;
  readonly keys: ChaosKeys;
  databaseUrl(): Promise<string>;
  readonly victims: readonly [Victim, ...Victim[]];
}

/** A hub with a worker in it, and a second worker beside it, on one database. */
export async function startVictims(setUp: SetUp, sandbox: RunningSandbox, opened: AsyncDisposableStack): Promise<Hub> {
  const folder = temporaryFolder();
  opened.defer(() => folder.remove());
  const external = setUp === 'external' ? await startExternal(opened) : null;
  const env = { ...sandbox.environment, ...(external === null ? {} : { DATABASE_URL: external }), LOG_LEVEL: 'error' };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const hub = await victim('hub', opened, `${url}/readyz`, async () =>
    startProcess('hub.ts', { ...env, PORT: String(port), HUB_DATA_DIR: folder.path }),
  );
  // A hub's own database outlives a kill -9 of the hub, which goes on with it; one that does not answer in time is started
  // again elsewhere.
  const databaseUrl = async () => external ?? (await openDatabase({ dataDir: folder.path, log: silentLog })).url;
  const workerPort = await freePort();
  const worker = await victim('worker', opened, `http://127.0.0.1:${workerPort}/readyz`, async () =>
    startProcess('subgraphs/process/worker.ts', {
      ...env,
      DATABASE_URL: await databaseUrl(),
      PORT: String(workerPort),
      HUB_EXECUTOR_ID: 'second-worker',
    }),
  );
  return {
    url,
    keys: await chaosKeys(await databaseUrl(), folder.path),
    databaseUrl,
    victims: [hub, worker],
  };
}

async function victim(
  name: string,
  opened: AsyncDisposableStack,
  readyUrl: string,
  start: () => Promise<HubProcess>,
): Promise<Victim> {
  let running = await start();
  opened.defer(async () => void (await running.end('SIGTERM')));
  await ready(readyUrl, running);
  return {
    name,
    async killAndStart() {
      await running.end('SIGKILL');
      running = await start();
      await ready(readyUrl, running);
    },
  };
}

/** A PostgreSQL that the hub did not start. */
async function startExternal(opened: AsyncDisposableStack): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'concord-test-'));
  chmodSync(dataDir, 0o755); // run by root, the server's user must get in
  const database = await startDatabase({ dataDir, log: silentLog });
  opened.defer(async () => {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return database.url;
}
