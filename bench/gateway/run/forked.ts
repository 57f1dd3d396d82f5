import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of the bench itself that answers each message with one message. */
export interface Forked<Question, Answer> {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: Answer;
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts the file and waits for its first message. `cpus`: the processors that it may use, as taskset names them. */
export async function forked<Question extends object, Answer>(
  file: string,
  cpus: string | undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<Forked<Question, Answer>> {
  const flags = ['--disable-warning=ExperimentalWarning'];
  const pinned = cpus !== undefined && { execPath: 'taskset', execArgv: ['-c', cpus, process.execPath, ...flags] };
  const child = fork(file, { execArgv: flags, serialization: 'advanced', env: { ...process.env, ...env }, ...pinned });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code}`);
  });
  gone.catch(() => {}); // told to who waits for an answer
  const answer = async (): Promise<Answer> => {
    const [message] = await Promise.race([once(child, 'message'), gone]);
    if (typeof message === 'object' && message !== null && 'error' in message) throw new Error(String(message.error));
    return message as Answer; // both ends are ours
  };
  const ready = await answer();
  if (child.pid === undefined) throw new Error(`${file} has no process`);
  return {
    pid: child.pid,
    ready,
    ask(question) {
      const answered = answer();
      child.send(question);
      return answered;
    },
    async stop() {
      child.disconnect();
      await gone.catch(() => {});
    },
  };
}
