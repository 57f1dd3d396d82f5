import type { Call } from '../../../../platform/call.ts';

/** Runs at most so many tasks at a time; the others wait in the order in which they came, those for whom nobody waits last. */
export interface Bounded {
  /** A task whose call is aborted while it waits never begins: it fails with the signal's reason. */
  run<T>(task: () => Promise<T>, call: Pick<Call, 'signal' | 'work'>): Promise<T>;
}

export function bounded(max: number): Bounded {
  let running = 0;
  const waiting: (() => void)[] = [];
  /** One refresh of many customers is some hundred requests: whoever waits for an answer does not wait for them. */
  const inBackground: (() => void)[] = [];
  /** Hands its turn on: it is never free in between, for somebody who comes just then. */
  const leave = (): void => {
    const next = waiting.shift() ?? inBackground.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return {
    async run(task, { signal, work }) {
      if (running < max) running += 1;
      else await new Promise<void>((turn) => (work === 'BACKGROUND' ? inBackground : waiting).push(turn));
      try {
        signal.throwIfAborted();
        return await task();
      } finally {
        leave();
      }
    },
  };
}
