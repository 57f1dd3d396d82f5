import { setTimeout as delay } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { type Kysely, sql } from 'kysely';
import { type Clock, instant } from '../clock.ts';
import type { Logger } from '../log.ts';
import {
  type Acceptance,
  type Accepted,
  type Alongside,
  type Asked,
  accept,
  type Enqueue,
  holderOf,
  recall,
} from './accept.ts';
import { execute } from './execute.ts';
import type { Executor, Probe } from './executor.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './failure.ts';
import { giveUp, pickUp, type Remedy, retry } from './operate.ts';
import { reachable } from './persistent.ts';
import { dismiss, release } from './release.ts';
import type { AnySaga, Attempt } from './saga.ts';
import type { SagaTables } from './tables.ts';
import { type Hold, holdExecutor } from './takeover.ts';
import { createWaits } from './waits.ts';

/**
 * The durable engine under the sagas is DBOS: it keeps, in PostgreSQL, that a run has to be executed, hands it to a worker,
 * and hands it out again when that worker died. What happened inside a run is journaled by our own tables, by step name:
 * one truth for the graph and for going on, which no rewinding deletes and no deploy renumbers.
 */
export interface SagaEngine {
  /** The run accepted under this key before; null: none. @throws CONFLICT for other input under the same key */
  recall(asked: Asked): Promise<string | null>;
  /** Journals the run: from now on it ends as COMPLETED, COMPENSATED or EXCEPTION. @throws CONFLICT */
  start(run: Acceptance): Promise<Accepted>;
  /** The unfinished run that holds the lock; null: none. */
  holderOf(lock: string): Promise<string | null>;
  /** Resolves when the run has ended or waits for somebody's decision, or after `ms`. */
  wait(runId: string, ms: number, signal?: AbortSignal): Promise<void>;
  /** @throws NOT_FOUND, CONFLICT unless it waits as an exception, and what the remedy throws */
  retry(runId: string, by: string, remedy?: Remedy): Promise<void>;
  /** @throws NOT_FOUND, CONFLICT unless it waits as an exception */
  giveUp(runId: string, reason: string, by: string): Promise<void>;
  /** Executes a run that was started as held; `alongside` notes who decided. @throws NOT_FOUND, CONFLICT unless it waits */
  release(runId: string, by: string, alongside: Alongside): Promise<void>;
  /** Ends a run that was started as held: nothing of it is executed. @throws NOT_FOUND, CONFLICT unless it waits */
  dismiss(runId: string, reason: string, by: string, alongside: Alongside): Promise<void>;
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
  /** Runs executed at once by this process. Default 32. */
  readonly concurrency?: number;
  /** How often a worker looks for accepted runs. Default 50. */
  readonly pollMs?: number;
  /** How often a worker looks for workers that died. Default 2,000. */
  readonly takeoverMs?: number;
  /** How long `close` lets steps under way end. Default 5,000. */
  readonly graceMs?: number;
  readonly probe?: Probe;
}

/** The engine's names are stored with every run that waits: never change them. The version is constant, or a deploy would strand runs. */
const APPLICATION = 'concord';
const VERSION = 'concord-1';
const QUEUE = 'sagas';
const WORKFLOW = 'saga';
/** What shutting down the engine may take beyond the steps' grace. */
const TEARDOWN_MS = 2_000;
/** Executions that still come to an end by themselves. */
const LIVE: ReadonlySet<string> = new Set(['PENDING', 'ENQUEUED', 'DELAYED']);

const enqueue: Enqueue = async (trx, runId, workflowId) => {
  await sql`select dbos.enqueue_workflow(
    workflow_name => ${WORKFLOW}, queue_name => ${QUEUE}, workflow_id => ${workflowId}, app_version => ${VERSION},
    application_name => ${APPLICATION},
    positional_args => array[to_json(${runId}::text), to_json(${workflowId}::text)])`.execute(trx);
};

/** One engine per process: DBOS allows one instance. */
export async function createSagaEngine<Context>(options: SagaEngineOptions<Context>): Promise<SagaEngine> {
  const { db, clock, log } = options;
  const waits = createWaits(db);
  await ensureDbos(options);
  const worker = options.role === 'worker' ? await startWorker(options, waits.ended) : null;
  return {
    recall: (asked) => reachable(recall(db, asked)),
    start: (run) => reachable(accept(db, run, enqueue, instant(clock))),
    holderOf: (lock) => reachable(holderOf(db, lock)),
    wait: (runId, ms, signal) => reachable(waits.wait(runId, ms, signal)),
    retry: (runId, by, remedy) => reachable(retry(db, enqueue, { runId, by, at: instant(clock), remedy })),
    giveUp: (runId, reason, by) => reachable(giveUp(db, enqueue, { runId, reason, by, at: instant(clock) })),
    release: (runId, by, alongside) => reachable(release(db, enqueue, { runId, by, alongside, at: instant(clock) })),
    dismiss: (runId, reason, by, alongside) =>
      reachable(dismiss(db, { runId, reason, by, alongside, at: instant(clock) })),
    close: async () => {
      await worker?.close();
      log.debug('the saga engine has stopped');
    },
  };
}

async function startWorker<Context>(
  options: SagaEngineOptions<Context>,
  ended: (runId: string) => void,
): Promise<{ close(): Promise<void> }> {
  const { db, log, executorId } = options;
  const stop = new AbortController();
  const cut = new AbortController();
  const executing = new Set<Promise<void>>();
  const executor: Executor<Context> = {
    db,
    sagas: new Map(options.sagas.map((saga) => [saga.name, saga])),
    contextFor: options.contextFor,
    retry: { ...DEFAULT_RETRY, ...options.retry },
    clock: options.clock,
    log,
    stopping: stop.signal,
    cutOff: cut.signal,
    probe: options.probe,
  };
  DBOS.setConfig({
    name: APPLICATION,
    systemDatabaseUrl: options.databaseUrl,
    executorID: executorId,
    applicationVersion: VERSION,
    useListenNotify: false, // runs neither send nor await messages: one connection less
    logger: dbosLog(log),
  });
  DBOS.registerWorkflow(
    async (runId: string, workflowId: string): Promise<void> => {
      const execution = execute(executor, runId, workflowId);
      const settled = execution.then(
        () => true,
        (error: Error) => {
          if (!stop.signal.aborted && error.name !== 'Superseded') throw error;
          log.info({ runId, reason: error.name }, 'this execution stops; another one goes on');
          return false;
        },
      );
      const noted = settled.then(
        () => {},
        () => {},
      );
      executing.add(noted);
      noted.finally(() => executing.delete(noted));
      // Returning would tell DBOS that the run is finished, so a stopped execution never returns.
      if (!(await settled)) await new Promise<never>(() => {});
      ended(runId);
    },
    { name: WORKFLOW },
  );
  const hold: Hold = await holdExecutor(options.databaseUrl, executorId, log);
  try {
    await DBOS.launch();
    await DBOS.registerQueue(QUEUE, {
      workerConcurrency: options.concurrency ?? 32,
      minPollingIntervalMs: options.pollMs ?? 50,
      onConflict: 'always_update',
    });
    const strays = await pickUp(db, enqueue, liveAmong);
    if (strays > 0) log.warn({ strays }, 'runs without a live execution were handed to the engine again');
    hold.watch(options.takeoverMs ?? 2_000, QUEUE);
  } catch (error) {
    await hold.release();
    await DBOS.shutdown({ deregister: true });
    throw error;
  }
  return {
    close: async () => {
      stop.abort(new Error('the process shuts down'));
      const graceMs = options.graceMs ?? 5_000;
      const closing = async () => {
        await hold.stopWatching();
        const grace = setTimeout(() => cut.abort(stop.signal.reason), graceMs);
        await Promise.all(executing);
        clearTimeout(grace);
        await DBOS.shutdown({ deregister: true });
      };
      // DBOS repeats its statements until the database answers, without end: closing must not wait for a database that is gone.
      if (!(await endsWithin(graceMs + TEARDOWN_MS, closing()))) {
        log.warn('the database does not answer; the saga engine is left as it is, and goes on at the next start');
      }
      await hold.release();
    },
  };
}

/**
 * A client hands over runs by a function in the database that DBOS puts there. Who comes first makes DBOS's tables, alone: two
 * that make them at the same time break one another. Who comes second asks again and again, because a statement that waits
 * for the lock would hold up the indexes that the first one makes.
 */
async function ensureDbos<Context>({ db, databaseUrl }: SagaEngineOptions<Context>): Promise<void> {
  const lock = sql`hashtextextended('concord.migrate.dbos', 0)`;
  await db.connection().execute(async (held) => {
    for (;;) {
      const { rows } = await sql<{ there: boolean; mine: boolean }>`
        select to_regproc('dbos.enqueue_workflow') is not null as there, pg_try_advisory_lock(${lock}) as mine`.execute(
        held,
      );
      if (rows[0]?.mine !== true) {
        await delay(50);
        continue;
      }
      try {
        if (!rows[0].there) await DBOS.migrate(databaseUrl);
      } finally {
        await sql`select pg_advisory_unlock(${lock})`.execute(held);
      }
      return;
    }
  });
}

/** Whether the work ended in time. It is not cut off; only nobody waits for it any more. @throws what it throws in time */
async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([work.then(() => true), delay(ms, false, { signal: late.signal }).catch(() => false)]);
  } finally {
    late.abort();
  }
}

async function liveAmong(workflowIds: readonly string[]): Promise<ReadonlySet<string>> {
  const live = new Set<string>();
  for (let start = 0; start < workflowIds.length; start += 500) {
    const page = await DBOS.listWorkflows({ workflowIDs: workflowIds.slice(start, start + 500), loadInput: false });
    for (const { workflowID, status } of page) if (LIVE.has(status)) live.add(workflowID);
  }
  return live;
}

function dbosLog(log: Logger) {
  const child = log.child({ part: 'dbos' });
  return {
    debug: (entry: unknown) => child.trace(String(entry)),
    info: (entry: unknown) => child.debug(String(entry)),
    warn: (entry: unknown) => child.warn(String(entry)),
    error: (entry: unknown, about?: { stack?: string }) => child.error({ stack: about?.stack }, String(entry)),
  };
}
