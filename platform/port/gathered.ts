/** One entry per key, in the order asked. */
type AskMany<Key, Value> = (keys: readonly Key[]) => Promise<readonly Value[]>;

interface Asked<Key, Value> {
  readonly keys: readonly Key[];
  readonly take: (answers: readonly Value[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Has what several requests ask in one turn of the event loop asked as one question: the busier the process, the more they are.
 * Nobody is answered by a question that was on its way before his own. What fails, fails for all who asked together.
 * @param mostKeys of one question; more are a second one
 */
export function gathered<Key, Value>(ask: AskMany<Key, Value>, mostKeys: number): AskMany<Key, Value> {
  let waiting: Asked<Key, Value>[] = [];
  let count = 0;

  const go = async (): Promise<void> => {
    const together = waiting;
    waiting = [];
    count = 0;
    try {
      const answers = await ask(together.flatMap(({ keys }) => keys));
      let at = 0;
      for (const { keys, take } of together) {
        take(answers.slice(at, at + keys.length));
        at += keys.length;
      }
    } catch (error) {
      for (const { fail } of together) fail(error);
    }
  };

  return (keys) =>
    new Promise((take, fail) => {
      if (count > 0 && count + keys.length > mostKeys) void go();
      if (count === 0) setImmediate(() => void (waiting.length > 0 && go()));
      waiting.push({ keys, take, fail });
      count += keys.length;
    });
}
