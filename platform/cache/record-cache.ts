/** A value with its age. */
export interface CachedRecord {
  readonly value: unknown;
  /** When its system was asked for it, in milliseconds since the epoch: it is no older. */
  readonly storedAt: number;
  /** What the value tells about. Example: `ERP:customer:1207`. */
  readonly subject: string;
}

/**
 * Records by key, never by caller: rights are judged above it. Reads and writes that fail are as if nothing were stored:
 * the cache never breaks a request.
 */
export interface RecordCache {
  /**
   * One entry per key, in the order asked; `undefined` where nothing is kept. Old ones are returned too: the caller judges age.
   * Where this process's own record is not `good` (default: all are), others' younger one is returned if there is one.
   */
  get(
    keys: readonly string[],
    good?: (record: CachedRecord) => boolean,
  ): Promise<readonly (CachedRecord | undefined)[]>;
  /** Keeps each record for `keepSeconds`, unless its subject was forgotten since `readAt`. */
  set(entries: readonly { key: string; record: CachedRecord; keepSeconds: number }[], readAt: number): Promise<void>;
  /**
   * Drops everything about these subjects, in every process, and what is being read about them right now. What cannot be told to
   * the others at once is told when they can be reached; until then they know the age of what they have.
   */
  forget(subjects: readonly string[]): Promise<void>;
  /** Takes on to refresh these for at most so long: the keys that no other process is refreshing. */
  claim(keys: readonly string[], forMs: number): Promise<readonly string[]>;
  close(): Promise<void>;
}
