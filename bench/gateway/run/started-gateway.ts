import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../test/support/free-port.ts';
import type { Gateway, Ground } from '../gateways.ts';

export interface StartedGateway {
  readonly pid: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Asks it to end, and waits for it; after 10 s it is made to. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The one processor that it may use; absent: any. */
  readonly cpu: number | undefined;
  /** Given to Node before the file; without meaning for gateways that are not Node. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const START_WITHIN_MS = 60_000;

/** Starts the gateway and waits until it answers. @throws Error with the last lines that it wrote, when it ends or keeps silent */
export async function startGateway(
  gateway: Gateway,
  ground: Omit<Ground, 'port'>,
  options: StartOptions,
): Promise<StartedGateway> {
  const port = await freePort();
  const around = await gateway.surroundings?.(ground);
  const command = gateway.command({ ...ground, ...(around && { supergraph: around.supergraph }), port });
  const folder = mkdtempSync(join(tmpdir(), `bench-${gateway.name}-`));
  for (const [name, text] of Object.entries(command.files ?? {})) writeFileSync(join(folder, name), text);
  const isNode = command.file === process.execPath;
  const line = [command.file, ...(isNode ? (options.nodeFlags ?? []) : []), ...command.args];
  if (options.cpu !== undefined) line.unshift('taskset', '-c', String(options.cpu));

  const [file = '', ...args] = line;
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', ...command.env, ...around?.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill); // a bench that breaks leaves nothing behind
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text) > 200 && said.shift());
  }
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      said.push(String(error));
      resolve();
    });
  });
  const stop = async () => {
    await end(child, ended);
    await around?.stop();
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };

  const url = `http://127.0.0.1:${port}${command.path ?? '/graphql'}`;
  const headers = { ...gateway.headers, ...around?.headers };
  const late = Date.now() + START_WITHIN_MS;
  while (!(await answers(url, headers))) {
    if (child.pid === undefined || child.exitCode !== null || Date.now() > late) {
      await stop();
      throw new Error(`does not start: ${said.join('').trim().split('\n').slice(-6).join(' | ') || 'it said nothing'}`);
    }
    await sleep(100);
  }
  return { pid: child.pid as number, url, headers, stop }; // it answers, so it runs
}

async function answers(url: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    await response.text();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
