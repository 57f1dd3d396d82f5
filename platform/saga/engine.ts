import { type Kysely, sql } from 'kysely';
import { type Clock, instant } from '../clock.ts';
import { DEFAULT_RETRY, type RetryPolicy } from '../failure.ts';
import type { Logger } from '../log.ts';
import { type Acceptance, type Accepted, type Alongside, type Asked, accept, holderOf, recall } from './accept.ts';
import type { Probe } from './executor.ts';
import { type Gate, OPEN_GATE } from './gate.ts';
import { CHANNEL } from './liveness.ts';
import { giveUp, type Remedy, retry } from './operate.ts';
import { reachable } from './persistent.ts';
import { dismiss, release, withdraw } from './release.ts';
import type { AnySaga, Attempt } from './saga.ts';
import type { SagaTables } from './tables.ts';
import { createWaits } from './waits.ts';
import { startWorker, type Worker } from './worker.ts';

/**
 * The durable engine under the sagas, on PostgreSQL alone: the table of runs is the queue (queue.ts), a worker executes what it
 * took from there (worker.ts, execute.ts) and writes down each step before and after (journal.ts), and another one goes on
 * when it died (liveness.ts). A run that is accepted by a worker with a free place is that worker's from its first commit.
 */
export interface SagaEngine {
  /** The run accepted under this key before; null: none. @throws CONFLICT for other input under the same key */
  recall(asked: Asked): Promise<string | null>;
  /** Journals the run: from now on it ends as COMPLETED, COMPENSATED or EXCEPTION. @throws CONFLICT */
  start(run: Acceptance): Promise<Accepted>;
  /** The unfinished run that holds the lock; null: none. */
  holderOf(lock: string): Promise<string | null>;
  /** Resolves when the run has ended, waits for somebody's decision or is put away for longer, or after `ms`. */
  wait(runId: string, ms: number, signal?: AbortSignal): Promise<void>;
  /** @throws NOT_FOUND, CONFLICT unless it waits as an exception, and what the remedy throws */
  retry(runId: string, by: string, remedy?: Remedy): Promise<void>;
  /** @throws NOT_FOUND, CONFLICT unless it waits as an exception */
  giveUp(runId: string, reason: string, by: string): Promise<void>;
  /** Executes a run that was started as held; `alongside` notes who decided. @throws NOT_FOUND, CONFLICT unless it waits */
  release(runId: string, by: string, alongside: Alongside): Promise<void>;
  /** Ends a run that was started as held: nothing of it is executed. @throws NOT_FOUND, CONFLICT unless it waits */
  dismiss(runId: string, reason: string, by: string, alongside: Alongside): Promise<void>;
  /** Ends a run that was started for later: nothing of it is executed. @throws NOT_FOUND, CONFLICT once it has begun */
  withdraw(runId: string, reason: string, by: string): Promise<void>;
  /** Lets steps under way end, for a few seconds; what is not at its end goes on at the next start. */
  close(): Promise<void>;
}

export interface SagaEngineOptions<Context> {
  readonly databaseUrl: string;
  /** Where the journal is; its tables are there already (`sagaMigrations`). */
  readonly db: Kysely<SagaTables>;
  /** Names this process over restarts: it goes on with what it left. Two processes never share one. */
  readonly executorId: string;
  /** `worker` executes runs; `client` only accepts them, for workers on the same database. */
  readonly role: 'worker' | 'client';
  readonly sagas: readonly AnySaga<Context>[];
  readonly contextFor: (attempt: Attempt) => Context;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retry?: Partial<RetryPolicy>;
  /** Most runs executed at once by this process. Default 32. */
  readonly concurrency?: number;
  /** Whether this process is asked for answers now, for which its runs make room. Default: it always is. */
  readonly waitedFor?: () => boolean;
  /** How often a worker looks for what is due and nobody woke it for. Default 500. */
  readonly pollMs?: number;
  /** How often a worker says that it lives, and looks for those that do not. Default 2,000. */
  readonly takeoverMs?: number;
  /** How long `close` lets steps under way end. Default 5,000. */
  readonly graceMs?: number;
  /** Default: every step goes to its system at once. */
  readonly gate?: Gate;
  readonly probe?: Probe;
}

/** @throws when another worker has this id, or the database is away */
export async function createSagaEngine<Context>(options: SagaEngineOptions<Context>): Promise<SagaEngine> {
  const { db, clock, log } = options;
  const waits = createWaits(db, (runId) => worker?.has(runId) === true);
  const worker = options.role === 'worker' ? await workerOf(options, waits.ended) : null;

  /** Somebody is free for it, here or elsewhere; nobody waits for the next look. */
  const wake = async (): Promise<void> => {
    if (worker !== null) worker.wake();
    else await sql`select pg_notify(${CHANNEL}, '')`.execute(db);
  };
  const start = async (run: Acceptance): Promise<Accepted> => {
    const mine = worker?.reserve() === true ? worker : null;
    let taken = false;
    try {
      const { row, ...accepted } = await accept(db, run, instant(clock), mine?.id ?? null);
      if (row !== undefined && mine !== null && row.owner === mine.id) {
        taken = true;
        mine.take(row);
      } else if (row?.due_at && run.notBefore === undefined) await wake();
      return accepted;
    } finally {
      if (!taken) mine?.free();
    }
  };
  const thenWake = async (done: Promise<void>): Promise<void> => {
    await done;
    await wake();
  };

  return {
    recall: (asked) => reachable(recall(db, asked)),
    start: (run) => reachable(start(run)),
    holderOf: (lock) => reachable(holderOf(db, lock)),
    wait: (runId, ms, signal) => reachable(waits.wait(runId, ms, signal)),
    retry: (runId, by, remedy) => reachable(thenWake(retry(db, { runId, by, at: instant(clock), remedy }))),
    giveUp: (runId, reason, by) => reachable(thenWake(giveUp(db, { runId, reason, by, at: instant(clock) }))),
    release: (runId, by, alongside) => reachable(thenWake(release(db, { runId, by, alongside, at: instant(clock) }))),
    dismiss: (runId, reason, by, alongside) =>
      reachable(dismiss(db, { runId, reason, by, alongside, at: instant(clock) })),
    withdraw: (runId, reason, by) =>
      reachable(withdraw(db, { runId, reason, by, alongside: async () => {}, at: instant(clock) })),
    close: async () => {
      await worker?.close();
      log.debug('the saga engine has stopped');
    },
  };
}

function workerOf<Context>(options: SagaEngineOptions<Context>, ended: (runId: string) => void): Promise<Worker> {
  const stop = new AbortController();
  const cut = new AbortController();
  return startWorker(
    {
      db: options.db,
      sagas: new Map(options.sagas.map((saga) => [saga.name, saga])),
      contextFor: options.contextFor,
      retry: { ...DEFAULT_RETRY, ...options.retry },
      clock: options.clock,
      log: options.log,
      stopping: stop.signal,
      cutOff: cut.signal,
      gate: options.gate ?? OPEN_GATE,
      probe: options.probe,
    },
    {
      databaseUrl: options.databaseUrl,
      id: options.executorId,
      concurrency: options.concurrency ?? 32,
      waitedFor: options.waitedFor ?? (() => true),
      pollMs: options.pollMs ?? 500,
      beatMs: options.takeoverMs ?? 2_000,
      graceMs: options.graceMs ?? 5_000,
      ended,
      stop,
      cut,
    },
  );
}
