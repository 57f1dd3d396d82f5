import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../../log.ts';
import { findBinaries } from './binaries.ts';
import { ensureCluster, ROLE, readPassword } from './cluster.ts';
import { type Lock, lockDirectory, lockHolder } from './lock.ts';
import { findPlace, type Place } from './place.ts';
import { isAlive, kill, knock, type Running, runningServer, startServer, stopServer, urlOf } from './server.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: Logger;
  /** How long to wait for another process to leave the data directory. Default 3,000. */
  readonly lockWaitMs?: number;
  /** Default 200. */
  readonly maxConnections?: number;
  /** false: a crash of the machine may lose or break the data; for tests. Default true. */
  readonly durable?: boolean;
}

export interface Embedded {
  readonly url: string;
  /** Ends the server, and gives the data directory free. */
  close(): Promise<void>;
}

/** How often to look whether the server still lives. */
const WATCH_MS = 500;

const CALM = { jit: 'off', log_checkpoints: 'off', log_min_messages: 'warning', cluster_name: 'concord' };
const FORGETFUL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Has the data directory's database run for this process alone. @throws when another process has it */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const lock = await lockDirectory(lockPath(options), options.lockWaitMs ?? 3_000);
  if (lock === null) throw new Error(inUse(options));
  try {
    return await startLocked(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The data directory's database for a short command: the running hub's when a hub runs, else started for the moment.
 * `close` ends only what was started.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const lock = await lockDirectory(lockPath(options), 0);
    if (lock !== null) {
      lock.release();
      return startEmbedded(options);
    }
    const place = await findPlace(options.dataDir, options.log);
    const running = await runningServer(place.cluster);
    const url = running === null ? null : urlOf(running.port, await readPassword(place));
    if (url !== null && (await knock(url)) === 'OPEN') return { url, close: async () => {} };
    if (Date.now() > deadline) throw new Error(`${inUse(options)} Its database does not answer.`);
    await delay(100);
  }
}

async function startLocked(options: EmbeddedOptions, lock: Lock): Promise<Embedded> {
  const { log, durable = true } = options;
  const startedAt = performance.now();
  const place = await findPlace(options.dataDir, log);
  const binaries = await findBinaries(place, log);
  const settings = {
    ...CALM,
    max_connections: String(options.maxConnections ?? 200),
    ...(durable ? {} : FORGETFUL),
  };
  const password = await ensureCluster(place, binaries, durable);
  let running = await adopt(place, password);
  const adopted = running !== null;
  running ??= await startServer(place, binaries, { password, settings });
  await ensureDatabase(running.port, password);
  log.info(
    { port: running.port, pid: running.pid, user: place.account?.name, ms: Math.round(performance.now() - startedAt) },
    adopted ? 'went on with the database server that was running' : 'database server started',
  );

  // A server that dies is started again on its port, so that pools find it where it was.
  let closing = false;
  let restarting: Promise<void> = Promise.resolve();
  let current: Running = running;
  const look = () => {
    if (closing || isAlive(current.pid)) return;
    clearInterval(watch);
    log.error({ pid: current.pid }, 'the database server died; starting it again');
    restarting = startServer(place, binaries, { password, settings, port: current.port }).then(
      (again) => {
        current = again;
        if (!closing) watch = setInterval(look, WATCH_MS).unref();
      },
      (error: unknown) => log.fatal({ err: error }, 'the database server could not be started again'),
    );
  };
  let watch = setInterval(look, WATCH_MS).unref();

  // The hub may end without closing (an error nobody caught): then at least ask the server to end too.
  const onExit = () => void kill(current.pid, 'SIGINT');
  process.once('exit', onExit);

  return {
    url: urlOf(current.port, password),
    async close() {
      if (closing) return;
      closing = true;
      clearInterval(watch);
      await restarting;
      await stopServer(place.cluster);
      process.removeListener('exit', onExit);
      lock.release();
    },
  };
}

/** A server left running by a killed hub, if it is ours and answers; any other one on this cluster is ended. */
async function adopt(place: Place, password: string): Promise<Running | null> {
  const running = await runningServer(place.cluster);
  if (running === null) return null;
  if (running.port !== 0 && (await knock(urlOf(running.port, password, 'postgres'))) === 'OPEN') return running;
  await stopServer(place.cluster, 2_000);
  return null;
}

async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(port, password, 'postgres') });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [ROLE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${ROLE}`);
  } finally {
    await client.end();
  }
}

const lockPath = ({ dataDir }: EmbeddedOptions): string => join(dataDir, 'postgres');

const inUse = (options: EmbeddedOptions): string =>
  `Another hub (process ${lockHolder(lockPath(options))}) uses the data directory ${options.dataDir}. Stop it, or set HUB_DATA_DIR to another directory.`;
