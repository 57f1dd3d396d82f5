/** A value with the time at which it left its system. */
export interface CachedRecord {
  readonly value: unknown;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  /** What the value tells about. Example: `ERP:customer:1207`. */
  readonly subject: string;
}

/**
 * Records by key, never by caller: rights are judged above it. Reads and writes that fail are as if nothing were stored:
 * the cache never breaks a request.
 */
export interface RecordCache {
  /** One entry per key, in the order asked; `undefined` where nothing is kept. Old ones are returned too: the caller judges age. */
  get(keys: readonly string[]): Promise<readonly (CachedRecord | undefined)[]>;
  /** Keeps each record for `keepSeconds`, unless its subject was forgotten since `readAt`. */
  set(entries: readonly { key: string; record: CachedRecord; keepSeconds: number }[], readAt: number): Promise<void>;
  /** Drops everything about these subjects, in every process, and what is being read about them right now. */
  forget(subjects: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
