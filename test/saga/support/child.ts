import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Death } from './dying.ts';

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when it works and heeds signals; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

/** Starts a worker's file, which kills itself once its runs have come to where they are to die. */
export function startWorkerProcess(
  databaseUrl: string,
  executorId: string,
  deaths: readonly Death[] = [],
  worker: { file: URL; env: Readonly<Record<string, string>> } = {
    file: new URL('./worker.ts', import.meta.url),
    env: {},
  },
): Child {
  const file = worker.file.pathname;
  const plan = deaths.length > 0 ? [JSON.stringify(deaths)] : [];
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=DeprecationWarning',
      file,
      databaseUrl,
      executorId,
      ...plan,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...worker.env } },
  );
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null); // the `exit` event's second argument
  const ready = Promise.race([
    told(child.stdout, 'ready'),
    ended.then((signal) => {
      throw new Error(`the worker ended before it was ready (${signal ?? `exit code ${child.exitCode}`})`);
    }),
  ]);
  ready.catch(() => {}); // who only waits for its end does not ask
  return { process: child, ready, ended };
}

async function told(output: Readable, word: string): Promise<void> {
  let text = '';
  for await (const chunk of output.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes(word)) break;
  }
  output.resume(); // a pipe that nobody empties would stop it
}
