import { spawn, spawnSync } from 'node:child_process';
import { freePort } from './free-port.ts';
import { eventually, temporaryFolder } from './hub.ts';

export interface TestNats {
  readonly url: string;
  /** Kills the server at once, as a crash would; what it has on disk stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Why tests with a real NATS are skipped here; `false` where they run. */
export const natsMissing: string | false =
  spawnSync('nats-server', ['--version']).status === 0
    ? false
    : 'nats-server is not installed (Debian: apt-get install nats-server)';

/** A real nats-server with JetStream on loopback, in a folder of its own. */
export async function startNats(): Promise<TestNats> {
  const port = await freePort();
  const monitor = await freePort();
  const folder = temporaryFolder();
  let server: ReturnType<typeof spawn> | undefined;

  async function start(): Promise<void> {
    const flags = ['--addr', '127.0.0.1', '--port', String(port), '--http_port', String(monitor)];
    server = spawn('nats-server', [...flags, '--jetstream', '--store_dir', folder.path], { stdio: 'ignore' });
    await eventually('nats-server is ready', async () => {
      const health = await fetch(`http://127.0.0.1:${monitor}/healthz`).catch(() => null);
      await health?.body?.cancel();
      return health?.ok;
    });
  }
  async function kill(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    start,
    kill,
    close: async () => {
      await kill();
      folder.remove();
    },
  };
}
