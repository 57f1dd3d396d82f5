import type { Kysely } from 'kysely';
import { type Clock, instant } from '../clock.ts';
import type { Logger } from '../log.ts';
import { type Change, type Execution, record } from './journal.ts';
import { persistently } from './persistent.ts';
import type { SagaTables } from './tables.ts';

/** A change of the run that is being executed; the time is when it is said. */
export type Said = Omit<Change, 'at'>;

/** What one execution writes down, in the order in which it happened. Each rejects with Superseded once another took over. */
export interface JournalOfRun {
  /** Resolves when it, and all before it, are journaled. */
  say(change: Said): Promise<void>;
  /**
   * To be journaled together with what is said next, or alone where the story says nothing at once: the end of one step and
   * the beginning of the next are one commit. Lost with the process, it is as if the step's answer had never come.
   */
  soon(change: Said, written?: () => void | Promise<void>): void;
  /** Resolves when nothing is left to be journaled. */
  settled(): Promise<void>;
}

export function journalOfRun(
  { db, clock, stopping, log }: { db: Kysely<SagaTables>; clock: Clock; stopping: AbortSignal; log: Logger },
  mine: Execution,
): JournalOfRun {
  let waiting: { change: Change; written: (() => void | Promise<void>) | undefined }[] = [];
  let last: Promise<void> = Promise.resolve();

  const write = (): Promise<void> => {
    last = last.then(async () => {
      const batch = waiting;
      if (batch.length === 0) return;
      waiting = [];
      const changes = batch.map(({ change }) => change);
      await persistently(() => record(db, mine, changes), stopping, log);
      for (const { written } of batch) await written?.();
    });
    last.catch(() => {}); // whoever says something next is told
    return last;
  };
  const add = (change: Said, written?: () => void | Promise<void>) =>
    waiting.push({ change: { at: instant(clock), ...change }, written });

  return {
    say(change) {
      add(change);
      return write();
    },
    soon(change, written) {
      add(change, written);
      setImmediate(write);
    },
    settled: write,
  };
}
