import { spawn } from 'node:child_process';
import { open, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Binaries } from './binaries.ts';
import { ROLE } from './cluster.ts';
import type { Place } from './place.ts';

/** A server process that runs on a cluster. */
export interface Running {
  readonly pid: number;
  readonly port: number;
}

export const urlOf = (port: number, password: string, database = ROLE): string =>
  `postgres://${ROLE}:${password}@127.0.0.1:${port}/${database}`;

/** The server that runs on the cluster, as its lock file says; `null` when none does. A lock file left by a dead one is removed. */
export async function runningServer(cluster: string): Promise<Running | null> {
  const file = join(cluster, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (isAlive(pid) && (await servesCluster(pid, cluster))) return { pid, port: Number.isInteger(port) ? port : 0 };
  await rm(file, { force: true }); // after a reboot its number may belong to any process, and the server would refuse to start
  return null;
}

/** Whether the process is a server of this cluster: PostgreSQL works in its data directory. Unknown counts as yes. */
async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  const workingDirectory = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return workingDirectory === null || workingDirectory === (await realpath(cluster).catch(() => cluster));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it lives, under another user
  }
}

/** Starts a server on a free port (or the given one) and resolves when it takes connections. */
export async function startServer(
  place: Place,
  binaries: Binaries,
  about: { password: string; settings: Readonly<Record<string, string>>; port?: number },
): Promise<Running> {
  const deadline = Date.now() + 30_000;
  for (let attempt = 0; ; attempt += 1) {
    const port = about.port ?? (await freePort());
    const outcome = await attemptStart(place, binaries, { ...about, port });
    if (typeof outcome !== 'string') return outcome;
    // Backends of a killed server hold its memory for a moment, and a free port may be taken meanwhile: both pass.
    const passes = /lock file|shared memory|could not (bind|create any TCP)|Address already in use/i.test(outcome);
    if (!passes || Date.now() > deadline) {
      throw new Error(`The embedded database in ${place.directory} does not start: ${outcome}`);
    }
    await delay(Math.min(50 * 2 ** attempt, 1_000));
  }
}

/** One start: the running server, or what the server said before it gave up. */
async function attemptStart(
  place: Place,
  binaries: Binaries,
  about: { password: string; settings: Readonly<Record<string, string>>; port: number },
): Promise<Running | string> {
  const output = await open(place.logFile, 'w', 0o600);
  const settings = {
    ...about.settings,
    listen_addresses: '127.0.0.1',
    port: String(about.port),
    unix_socket_directories: '',
  };
  const child = spawn(
    binaries.postgres,
    ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      cwd: place.directory,
      env: { LC_ALL: 'C' },
      stdio: ['ignore', output.fd, output.fd],
      detached: true, // Ctrl-C reaches the whole terminal group; only the hub may end its database, after its own work
      ...(place.account && { uid: place.account.uid, gid: place.account.gid }),
    },
  );
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  await output.close();
  const failure = await waitUntilReady(urlOf(about.port, about.password, 'postgres'), ended);
  child.unref();
  if (failure === null && child.pid !== undefined) return { pid: child.pid, port: about.port };
  child.kill('SIGQUIT');
  const said = await readFile(place.logFile, 'utf8').catch(() => '');
  return [failure, ...said.trim().split('\n').slice(-3)].join(' ');
}

/** Longest wait for a server to replay what a crash left. */
const READY_WITHIN_MS = 60_000;

/** `null` once the server takes connections, else why it will not. */
async function waitUntilReady(url: string, ended: Promise<string>): Promise<string | null> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let end: string | null = null;
  void ended.then((why) => {
    end = why;
  });
  while (end === null) {
    const answer = await knock(url);
    if (answer === 'OPEN') return null;
    if (answer === 'WRONG_PASSWORD') return 'its password is not the one that is kept beside it.';
    if (Date.now() > deadline) return 'it did not become ready in a minute.';
    await delay(10);
  }
  return end;
}

/** Whether the server at the URL lets us in. */
export async function knock(url: string): Promise<'OPEN' | 'WRONG_PASSWORD' | 'CLOSED'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the answer below says it; without a listener a late error would end the process
  try {
    await client.connect();
    await client.query('SELECT 1');
    return 'OPEN';
  } catch (error) {
    return (error as { code?: unknown }).code === '28P01' ? 'WRONG_PASSWORD' : 'CLOSED'; // SQLSTATE invalid_password
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Ends the server of a cluster: politely (connections are cut, everything is written), after `graceMs` by force; what force
 * leaves is recovered at the next start.
 */
export async function stopServer(cluster: string, graceMs = 8_000): Promise<void> {
  const running = await runningServer(cluster);
  if (running === null) return;
  for (const [signal, waitMs] of [
    ['SIGINT', graceMs],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!kill(running.pid, signal)) return;
    const deadline = Date.now() + waitMs;
    while (isAlive(running.pid) && Date.now() < deadline) await delay(10);
    if (!isAlive(running.pid)) return;
  }
  throw new Error(`The database server ${running.pid} cannot be ended`);
}

/** Sends a signal; false when there is no such process any more. */
export function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port could be had on 127.0.0.1');
  return address.port;
}
