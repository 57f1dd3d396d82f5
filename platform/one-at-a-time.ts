/** Runs what concerns one key after another; different keys do not wait for one another. Within this process only. */
export function createOneAtATime(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, run) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(run);
    const settled = turn
      .catch(() => undefined) // told to whoever asked; the next in line goes on
      .then(() => {
        if (last.get(key) === settled) last.delete(key);
      });
    last.set(key, settled);
    return turn;
  };
}
