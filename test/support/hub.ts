import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../../sandbox/start.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
export const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];

/** Size of the company behind a test's hub; `test/graph/behaviours/world.ts` knows the same company. */
export const TEST_CUSTOMERS = 400;

export type KeyName = 'operator' | 'support' | 'portal' | 'partner';

/** An answer as the client sees it; the test says what shape it expects of `data`. */
export interface GraphAnswer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Nobody is polled, so that a test's faults and counts meet its own calls; a test of polling says otherwise. */
export const QUIET = { HUB_POLL: 'off' } as const;

/** A hub that answers over HTTP, and the sandbox behind it. */
export interface TestHub {
  readonly url: string;
  readonly sandbox: RunningSandbox;
  ask<Data = Record<string, unknown>>(
    query: string,
    variables?: object,
    key?: KeyName,
    extensions?: object,
  ): Promise<GraphAnswer<Data>>;
}

/** Asks a hub as a client does. */
export async function askHub<Data>(
  url: string,
  apiKey: string,
  query: string,
  variables: object = {},
  extensions?: object,
): Promise<GraphAnswer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query, variables, extensions }),
  });
  const body = (await response.json()) as Partial<GraphAnswer<Data>>; // the hub's answers are JSON, refusals included
  return {
    status: response.status,
    data: (body.data ?? null) as Data, // null where nothing could be answered: the test that expects it compares with null

    errors: body.errors ?? [],
    extensions: body.extensions ?? {},
  };
}

/** One process of the hub, started as a user starts it. */
export interface HubProcess {
  readonly child: ChildProcess;
  /** Everything it printed. */
  output(): string;
  /** Ends it with a signal and waits for that. Answers the exit code, null after a kill. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export function startProcess(
  file: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  /** Of Node. */
  flags: readonly string[] = [],
): HubProcess {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  const child = spawn(process.execPath, [...NODE_FLAGS, ...flags, file, ...args], {
    cwd: ROOT,
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    child,
    output: () => printed,
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** Resolves once the address answers 200; fails when the process ends before, or after three minutes: a busy machine is slow. */
export async function ready(url: string, starting: HubProcess): Promise<void> {
  for (const end = Date.now() + 180_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 25))) {
    const { exitCode, signalCode } = starting.child;
    if (exitCode !== null || signalCode !== null)
      assert.fail(`it ended with ${exitCode ?? signalCode}:\n${starting.output()}`);
    const response = await fetch(url).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return;
  }
  assert.fail(`${url} never became ready:\n${starting.output()}`);
}

/** A condition that is awaited, not slept for. */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  for (const end = Date.now() + withinMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const value = await attempt();
    if (value) return value;
  }
  assert.fail(`never came true within ${withinMs} ms: ${what}`);
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'concord-test-'));
  chmodSync(path, 0o711); // else a hub run by root would keep its database elsewhere, where nobody removes it
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export interface StartedHub extends TestHub {
  readonly dataDir: string;
  /** Of the running hub. */
  readonly pid: number;
  /** `kill -9`, as a crash would; the sandbox lives on. */
  kill(): Promise<void>;
  /** Starts the hub again on the same data and port. */
  start(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  output(): string;
  close(): Promise<void>;
}

/** The hub in one process (`hub.ts`) on its embedded PostgreSQL, over a sandbox in the test's own process. */
export async function startHub(options: {
  sandbox?: SandboxOptions;
  env?: Readonly<Record<string, string>>;
  port: number;
}): Promise<StartedHub> {
  const sandbox = await startSandbox({
    customers: TEST_CUSTOMERS,
    latency: { minMs: 0, maxMs: 0 },
    ...options.sandbox,
  });
  try {
    return await startHubOver(sandbox, { port: options.port, env: { ...sandbox.environment, ...options.env } });
  } catch (error) {
    await sandbox.close(); // what listens would keep the test's process alive
    throw error;
  }
}

/** The same over the systems that the environment names; the sandbox is closed with the hub. */
export async function startHubOver(
  sandbox: RunningSandbox,
  options: { env: Readonly<Record<string, string>>; port: number },
): Promise<StartedHub> {
  const folder = temporaryFolder();
  const url = `http://127.0.0.1:${options.port}`;
  const env = { ...QUIET, PORT: String(options.port), HUB_DATA_DIR: folder.path, ...options.env };
  let running: HubProcess | undefined;
  let closed: Promise<void> | undefined;
  const start = async () => {
    running = startProcess('hub.ts', env);
    await ready(`${url}/readyz`, running);
  };
  const close = async () => {
    await running?.end('SIGTERM');
    await sandbox.close();
    folder.remove();
  };
  try {
    await start();
  } catch (error) {
    await running?.end('SIGKILL'); // one that is only slow would go on for ever
    folder.remove();
    throw error;
  }
  const keys = JSON.parse(readFileSync(join(folder.path, 'demo-keys.json'), 'utf8')) as Record<KeyName, string>; // the hub wrote it
  return {
    url,
    sandbox,
    dataDir: folder.path,
    get pid() {
      return running?.child.pid ?? 0;
    },
    ask: (query, variables, key = 'operator', extensions) => askHub(url, keys[key], query, variables, extensions),
    kill: async () => void (await running?.end('SIGKILL')),
    start,
    stop: async () => (await running?.end('SIGTERM')) ?? null,
    output: () => running?.output() ?? '',
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
