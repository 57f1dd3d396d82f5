/** Runs at most so many tasks at a time; the others wait in the order in which they came. */
export interface Bounded {
  /** A task whose signal is aborted while it waits never begins: it fails with the signal's reason. */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function bounded(max: number): Bounded {
  let running = 0;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    running -= 1;
    waiting.shift()?.();
  };
  return {
    async run(task, signal) {
      if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
      running += 1;
      try {
        signal.throwIfAborted();
        return await task();
      } finally {
        leave();
      }
    },
  };
}
