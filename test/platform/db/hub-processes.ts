import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { isAlive } from '../../../platform/db/embedded/server.ts';

const SCRIPT = fileURLToPath(new URL('./hub-process.ts', import.meta.url));

export interface HubProcess {
  readonly child: ChildProcess;
  /** What it said first: `ready <url>` or `failed <message>`. */
  readonly said: string;
  readonly url: string;
  /** JSON log lines so far. */
  readonly log: readonly string[];
  close(): Promise<void>;
  /** Ends without closing anything. */
  exit(): Promise<void>;
  killHard(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Starts a process that has the data directory's database, as another user where `as` says so. */
export async function hubProcess(
  dataDir: string,
  how: 'start' | 'start-durable' | 'open' = 'start',
  as?: { uid: number; gid: number },
): Promise<HubProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, dataDir, how], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...as,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit');
  const [said] = await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => [`failed with ${code}: ${log.join('\n')}`]),
  ]);
  const end = async (order: string) => {
    child.stdin.write(`${order}\n`);
    await exited;
  };
  return {
    child,
    said: String(said),
    url: String(said).replace(/^ready /, ''),
    log,
    close: () => end('close'),
    exit: () => end('exit'),
    async killHard() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** For the end of a test file: nothing that it started outlives it. */
export function killLeftHubs(): void {
  for (const child of running) child.kill('SIGKILL');
}

export async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Process id of the server on a cluster. */
export const serverPid = (cluster: string): number =>
  Number(readFileSync(`${cluster}/postmaster.pid`, 'utf8').split('\n')[0]);

/** Waits for a process that was told to end. @throws when it does not within ten seconds */
export async function gone(pid: number): Promise<void> {
  for (let waited = 0; isAlive(pid); waited += 20) {
    if (waited > 10_000) throw new Error(`process ${pid} still lives`);
    await delay(20);
  }
}
