import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url));

/** A gateway as `npm run gateway` starts it. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Where it listens; rejects when it ends before. */
  readonly url: Promise<string>;
  /** Lines of its log, in JSON where they are. */
  readonly log: Record<string, unknown>[];
  /** All of standard error. */
  text(): string;
  /** Waits for a line of the log. */
  said(message: string | RegExp, times?: number): Promise<Record<string, unknown>>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** A machine with more to do than cores starts three processes in half a minute. */
const PATIENCE_MS = 60_000;

export function startGateway(
  t: TestContext,
  flags: readonly string[],
  env: Record<string, string> = {},
): GatewayProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...flags], {
    // Nothing of the machine's own settings: each test says all that its gateway knows.
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
      LOG_LEVEL: 'info',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: Record<string, unknown>[] = [];
  let text = '';
  const waiting = new Set<() => void>();
  const listening = Promise.withResolvers<string>();
  listening.promise.catch(() => {}); // not every test waits for it
  createInterface({ input: child.stderr }).on('line', (line) => {
    text += `${line}\n`;
    if (line.startsWith('{')) log.push(JSON.parse(line));
    const { msg, url } = log.at(-1) ?? {};
    if (msg === 'The gateway listens') listening.resolve(String(url));
    for (const look of waiting) look();
  });
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
    listening.reject(new Error(`The gateway ended: ${text}`));
    for (const look of waiting) look();
    return code ?? signal ?? '';
  });
  t.after(async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
    await ended;
    clearTimeout(timer);
  });
  return {
    child,
    log,
    ended,
    url: listening.promise,
    text: () => text,
    said: (message, times = 1) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`It never said ${message}: ${text}`)), PATIENCE_MS);
        const look = (): void => {
          const lines = log.filter(({ msg }) =>
            typeof message === 'string' ? msg === message : message.test(String(msg)),
          );
          const line = lines[times - 1];
          if (line === undefined && child.exitCode === null && child.signalCode === null) return;
          clearTimeout(timer);
          waiting.delete(look);
          if (line === undefined) reject(new Error(`It ended and never said ${message}: ${text}`));
          else resolve(line);
        };
        waiting.add(look);
        look();
      }),
  };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[] | undefined;
}

export async function ask(
  url: string,
  query: string,
  headers: Record<string, string> = {},
  variables: Record<string, unknown> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as Pick<Answer, 'data' | 'errors'>; // the gateway answers in JSON alone
  return { status: response.status, text, data, errors };
}

export const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

export async function until(check: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`It never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
