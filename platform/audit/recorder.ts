import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Db } from '../db/db.ts';
import { HubError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createCounts } from './counts.ts';
import { type AuditEntry, type AuditRow, rowOf } from './record.ts';
import { writeRows } from './write-rows.ts';

/** Writes the audit of one process. Nothing is ever changed, and nothing is written twice. */
export interface Recorder {
  /**
   * Records an attempt. Resolves, with the record's number, once it is on disk.
   * @throws UNAVAILABLE when it could not be written in time: then it must not be done; it is written later as not done
   */
  append(entry: AuditEntry): Promise<number>;
  /** Written soon, together with others. Over the bound it is lost, counted, and the loss is recorded. */
  note(entry: AuditEntry): void;
  /** One record a minute for all that are alike, with their number: for what a caller can do thousands of times. */
  count(entry: AuditEntry): void;
  /** Writes what is left; gives up after 5 seconds, and logs how many records are lost. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  /** Most records that wait for the database. Default 10,000; reads in full have four fifths of it. */
  readonly most?: number;
  /** How long one write may take. Default 2 s. */
  readonly patienceMs?: number;
  /** How long records that nobody waits for are gathered. Default 100 ms. */
  readonly gatherMs?: number;
  /** How long equal denials are counted. Default one minute. */
  readonly countMs?: number;
}

const BATCH = 500;
const AGAIN_MS = 1_000;
const CLOSE_MS = 5_000;

interface Waiting {
  readonly row: AuditRow;
  readonly written: PromiseWithResolvers<void>;
}

/** `migrateAudit` first. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { db, clock, log, most = 10_000, patienceMs = 2_000, gatherMs = 100 } = options;
  const writer = randomUUID();
  let seq = 0;
  /** Somebody waits for these. */
  let urgent: Waiting[] = [];
  let queued: AuditRow[] = [];
  let lost = 0;
  let writing: Promise<boolean> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const numbered = (entry: AuditEntry): AuditRow => {
    seq += 1;
    return rowOf(entry, { writer, seq, at: new Date(clock.now()).toISOString() });
  };

  const notDone = ({ seq: outcomeOf, ...attempt }: AuditRow): AuditRow =>
    numbered({ ...attempt, ...NOTHING_DONE, outcomeOf });

  function later(ms: number): void {
    if (closed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void write();
    }, ms).unref();
  }

  /** One batch after the other; whatever comes while one is under way goes into the next, so that many share one write. */
  function write(): Promise<boolean> {
    writing ??= writeAll().finally(() => {
      writing = null;
    });
    return writing;
  }

  async function writeAll(): Promise<boolean> {
    while (urgent.length + queued.length > 0) {
      const waiting = urgent.splice(0, BATCH);
      const rows = queued.splice(0, BATCH - waiting.length);
      try {
        await within(patienceMs, writeRows(db, [...waiting.map(({ row }) => row), ...rows]));
      } catch (cause) {
        const failed = [...waiting, ...urgent];
        urgent = [];
        queued = [...failed.flatMap(({ row }) => [row, notDone(row)]), ...rows, ...queued];
        log.error({ reason: (cause as Error).message, waiting: queued.length }, 'The audit could not be written');
        const error = new HubError('UNAVAILABLE', 'The audit cannot be written at the moment', {
          system: 'HUB',
          cause,
        });
        for (const { written } of failed) written.reject(error);
        later(AGAIN_MS);
        return false;
      }
      for (const { written } of waiting) written.resolve();
      if (lost > 0) {
        queued.push(numbered({ ...NOBODY, kind: 'LOST', count: lost }));
        lost = 0;
      }
    }
    return true;
  }

  function note(entry: AuditEntry): void {
    if (queued.length >= (entry.kind === 'FULL_READ' ? most * 0.8 : most)) {
      if (lost === 0) log.error({ waiting: queued.length }, 'The audit loses records: too many wait for the database');
      lost += 1;
      return;
    }
    queued.push(numbered(entry));
    later(gatherMs);
  }

  const counts = createCounts({ note, everyMs: options.countMs ?? 60_000 });

  return {
    async append(entry) {
      const row = numbered(entry);
      const written = Promise.withResolvers<void>();
      urgent.push({ row, written });
      void write();
      await written.promise;
      return row.seq;
    },
    note,
    count: counts.add,
    async close() {
      counts.close();
      closed = true;
      clearTimeout(timer);
      await within(CLOSE_MS, (async () => (await write()) && write())()).catch(() => false);
      const left = queued.length + urgent.length + lost;
      if (left > 0) log.error({ left }, 'Records of the audit are lost: the database is away');
    },
  };
}

const NOTHING_DONE = { kind: 'OUTCOME', outcome: 'FAILED', codes: ['UNAVAILABLE'] } as const;
const NOBODY = { principalId: null, principalKind: null, actsFor: null, correlationId: null, address: null } as const;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  work.catch(() => {}); // once it is late nobody hears it
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
