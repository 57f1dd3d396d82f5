import type { Db } from '../db/db.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';

/** Tells that something changed, never what: who is told asks again, with its own rights. */
export interface Changes {
  /**
   * Calls `heard` soon after each change of one of the topics that is committed once this resolved; sometimes without a
   * change. Answers how to stop. Example of a topic: `process:prc_1`.
   */
  listen(topics: readonly string[], heard: () => void): Promise<() => void>;
  close(): Promise<void>;
}

export interface ChangeRow {
  /** Decimal text. */
  readonly id: string;
  readonly topics: readonly string[];
}

/** A table to which a row is added at each change, with ids that grow. */
export interface Tail {
  readonly name: string;
  /** The last id there is; `0` where there is none. */
  end(db: Db): Promise<string>;
  /** The next rows after an id, in the order of their ids. */
  after(db: Db, id: string, first: number): Promise<readonly ChangeRow[]>;
}

export interface ChangesOptions {
  readonly db: Db;
  readonly tails: readonly Tail[];
  readonly log: Logger;
  /** Default 200 ms. */
  readonly pollMs?: number;
}

const MOST_ROWS = 5_000;
/** A row with a lower id may be committed later than one with a higher: so long is it looked for. */
const SETTLED_AFTER_MS = 1_000;

/**
 * Reads the ends of the tables again and again, for all listeners of this process at once, and only while there are any.
 * NOTIFY would tell sooner, but every commit that notifies takes one lock of the whole database server, so it would cost
 * each step of each process; reading a tail costs nothing where nobody listens.
 */
export function createChanges({ db, tails, log, pollMs = 200 }: ChangesOptions): Changes {
  const listeners = new Map<string, Set<() => void>>();
  let reading: { ready: Promise<unknown>; over: Promise<void>; stop(): void } | null = null;

  const tell = (topics: Iterable<string>): void => {
    const heard = new Set<() => void>();
    for (const topic of topics) for (const listener of listeners.get(topic) ?? []) heard.add(listener);
    for (const listener of heard) listener();
  };

  const start = () => {
    const readers = tails.map((tail) => createReader(db, tail));
    const stopping = new AbortController();
    const ready = Promise.all(readers.map((reader) => reader.begin()));
    const over = (async () => {
      let failing = false;
      while (!stopping.signal.aborted) {
        await pause(pollMs, stopping.signal);
        try {
          await ready;
          const found = await Promise.all(readers.map((reader) => reader.read()));
          failing = false;
          tell(new Set(found.flat()));
        } catch (error) {
          if (!failing) log.warn({ err: error }, 'Changes cannot be read; live answers are asked again now and then');
          failing = true;
        }
      }
    })();
    return { ready, over, stop: () => stopping.abort() };
  };

  return {
    async listen(topics, heard) {
      for (const topic of topics) listeners.set(topic, (listeners.get(topic) ?? new Set()).add(heard));
      reading ??= start();
      const stop = () => {
        for (const topic of topics) {
          const those = listeners.get(topic);
          those?.delete(heard);
          if (those?.size === 0) listeners.delete(topic);
        }
        if (listeners.size > 0) return;
        reading?.stop();
        reading = null;
      };
      await reading.ready.catch((error) => {
        stop();
        throw error;
      });
      return stop;
    },
    async close() {
      listeners.clear();
      const last = reading;
      reading = null;
      last?.stop();
      await last?.over;
    },
  };
}

/** Reads one tail on, each row once. */
function createReader(db: Db, tail: Tail) {
  let settled = 0n;
  const seen = new Map<bigint, number>();

  return {
    async begin(): Promise<void> {
      settled = BigInt(await tail.end(db));
    },
    /** The topics of the rows that are new. */
    async read(): Promise<readonly string[]> {
      const rows = await tail.after(db, String(settled), MOST_ROWS);
      const now = performance.now();
      const fresh = rows.filter(({ id }) => !seen.has(BigInt(id)));
      for (const { id } of fresh) seen.set(BigInt(id), now);
      const hurries = rows.length === MOST_ROWS;
      for (const [id, at] of seen) {
        if (!hurries && now - at < SETTLED_AFTER_MS) continue;
        seen.delete(id);
        if (id > settled) settled = id;
      }
      return fresh.flatMap(({ topics }) => topics);
    },
  };
}
