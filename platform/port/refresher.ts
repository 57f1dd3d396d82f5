/** Refreshes what is being shown past its life, many keys in one call. */
export interface Refresher<Key> {
  /** Has the key refreshed soon; nothing where it is waiting for that, or being refreshed. */
  soon(cacheKey: string, key: Key): void;
}

export interface RefresherOptions<Key> {
  /** How long keys are gathered before they go. */
  readonly gatherMs: number;
  readonly mostKeys: number;
  /** It must not throw. */
  readonly refresh: (keys: readonly Key[]) => Promise<void>;
}

/** One refresh of a key at a time; batches of the most that the port takes. */
export function createRefresher<Key>({ gatherMs, mostKeys, refresh }: RefresherOptions<Key>): Refresher<Key> {
  const gathered = new Map<string, Key>();
  const underWay = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const go = async () => {
    timer = undefined;
    const batch = [...gathered].slice(0, mostKeys);
    for (const [cacheKey] of batch) {
      gathered.delete(cacheKey);
      underWay.add(cacheKey);
    }
    if (gathered.size > 0) await Promise.all([send(batch), go()]);
    else await send(batch);
  };
  const send = async (batch: readonly (readonly [string, Key])[]) => {
    await refresh(batch.map(([, key]) => key));
    for (const [cacheKey] of batch) underWay.delete(cacheKey);
  };

  return {
    soon(cacheKey, key) {
      if (underWay.has(cacheKey) || gathered.has(cacheKey)) return;
      gathered.set(cacheKey, key);
      // Not for this does a process stay alive.
      if (timer === undefined) timer = setTimeout(go, gatherMs).unref();
    },
  };
}
