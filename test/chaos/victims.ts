import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, startDatabase } from '../../platform/db/database.ts';
import { silentLog } from '../../platform/log.ts';
import type { RunningSandbox } from '../../sandbox/start.ts';
import { type HubProcess, type KeyName, ready, startProcess, temporaryFolder } from '../support/hub.ts';
import { freePort } from '../support/free-port.ts';

/** Where a run keeps its state. `embedded`: in the hub's own database, with one worker in the hub. `external`: with a second worker. */
export type SetUp = 'embedded' | 'external';

/** A process that is killed without warning, and started again as a supervisor would. */
export interface Victim {
  readonly name: string;
  killAndStart(): Promise<void>;
}

export interface Hub {
  readonly url: string;
  readonly keys: Readonly<Record<KeyName, string>>;
  readonly databaseUrl: string;
  readonly victims: readonly [Victim, ...Victim[]];
}

export async function startVictims(setUp: SetUp, sandbox: RunningSandbox, opened: AsyncDisposableStack): Promise<Hub> {
  const folder = temporaryFolder();
  opened.defer(() => folder.remove());
  const external = setUp === 'external' ? await startExternal(opened) : null;
  const env = { ...sandbox.environment, ...(external === null ? {} : { DATABASE_URL: external }), LOG_LEVEL: 'error' };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const hub = await victim('hub', opened, `${url}/readyz`, () =>
    startProcess('hub.ts', { ...env, PORT: String(port), HUB_DATA_DIR: folder.path }),
  );
  const workerPort = await freePort();
  const workers =
    external === null
      ? []
      : [
          await victim('worker', opened, `http://127.0.0.1:${workerPort}/readyz`, () =>
            startProcess('subgraphs/process/worker.ts', {
              ...env,
              PORT: String(workerPort),
              HUB_EXECUTOR_ID: 'second-worker',
            }),
          ),
        ];
  return {
    url,
    keys: JSON.parse(readFileSync(join(folder.path, 'demo-keys.json'), 'utf8')) as Record<KeyName, string>, // the hub wrote it
    // while the hub runs on it, this opens nothing of its own
    databaseUrl: external ?? (await openDatabase({ dataDir: folder.path, log: silentLog })).url,
    victims: [hub, ...workers],
  };
}

async function victim(
  name: string,
  opened: AsyncDisposableStack,
  readyUrl: string,
  start: () => HubProcess,
): Promise<Victim> {
  let running = start();
  opened.defer(async () => void (await running.end('SIGTERM')));
  await ready(readyUrl, running);
  return {
    name,
    async killAndStart() {
      await running.end('SIGKILL');
      running = start();
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
