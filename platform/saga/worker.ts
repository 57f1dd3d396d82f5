import { endsWithin, every } from '../every.ts';
import { execute } from './execute.ts';
import type { Executor } from './executor.ts';
import type { RunRow } from './journal.ts';
import { leaseSeconds, live } from './liveness.ts';
import { keepPace, pacedGate } from './pace.ts';
import { claim, handBack, ownedBy, parkUnknown, putOff, takeFrom } from './queue.ts';

/** Executes runs in this process, some at once. */
export interface Worker {
  readonly id: string;
  /** Keeps a place for a run; false: all are taken, the process has no time, or this worker is not known to live. */
  reserve(): boolean;
  /** Gives a place back that was kept. */
  free(): void;
  /** Executes a run that is this worker's already, in a place that was kept. */
  take(run: RunRow): void;
  /** Looks for what is due. */
  wake(): void;
  /** Whether the run is being executed here. */
  has(runId: string): boolean;
  close(): Promise<void>;
}

export interface WorkerOptions {
  readonly databaseUrl: string;
  readonly id: string;
  /** Most runs that are executed at once; fewer, and fewer of their steps, while the process has no time (`pace.ts`). */
  readonly concurrency: number;
  readonly waitedFor: () => boolean;
  readonly pollMs: number;
  readonly beatMs: number;
  readonly graceMs: number;
  /** Told after each execution that came to its end. */
  readonly ended: (runId: string) => void;
  /** Aborted by `close`, at once and at the end of the grace: the executor's own signals. */
  readonly stop: AbortController;
  readonly cut: AbortController;
}

/** How soon a run is tried again whose execution broke off for a reason that nobody foresaw. */
const BROKE_OFF_SECONDS = 30;
/** What closing may take beyond the grace. */
const TEARDOWN_MS = 2_000;

/** @throws when another worker has this id, or the database is away */
export async function startWorker<Context>(given: Executor<Context>, options: WorkerOptions): Promise<Worker> {
  const { db, log, sagas } = given;
  const { id, stop } = options;
  const kinds = [...sagas.keys()];
  const executing = new Map<string, Promise<void>>();
  let taken = 0;
  let moreIsDue = false;
  let looking: Promise<void> | null = null;

  const liveness = await live(options.databaseUrl, id, { beatMs: options.beatMs, log, due: () => wake() });

  const lookForMore = (): void => {
    if (moreIsDue) wake();
  };
  const pace = keepPace({ most: options.concurrency, waitedFor: options.waitedFor, more: lookForMore });
  const executor = { ...given, gate: pacedGate(given.gate, pace) };

  const reserve = (): boolean => {
    if (taken >= pace.runs || stop.signal.aborted || !liveness.alive) return false;
    taken += 1;
    return true;
  };
  const free = (): void => {
    taken -= 1;
    lookForMore();
  };

  function take(run: RunRow): void {
    const execution = execute(executor, run)
      .catch((error: Error) => brokeOff(run, error))
      .finally(() => {
        if (executing.get(run.id) === execution) executing.delete(run.id);
        free();
        options.ended(run.id);
      });
    executing.set(run.id, execution);
  }

  async function brokeOff(run: RunRow, error: Error): Promise<void> {
    if (stop.signal.aborted || error.name === 'Superseded') {
      log.info({ runId: run.id, reason: error.name }, 'this execution stops; another one goes on');
      return;
    }
    log.error({ err: error, runId: run.id }, 'the execution of a run broke off');
    await putOff(db, { runId: run.id, turn: run.turn }, BROKE_OFF_SECONDS).catch((cause) =>
      log.error({ err: cause, runId: run.id }, "it stays this worker's until the worker starts again"),
    );
  }

  async function look(): Promise<void> {
    for (;;) {
      let wanted = 0;
      while (reserve()) wanted += 1;
      if (wanted === 0) {
        moreIsDue = true; // unknown, so it is asked when a place is free
        return;
      }
      let due: RunRow[] = [];
      try {
        due = await claim(db, id, wanted, kinds);
      } finally {
        taken -= wanted - due.length;
      }
      for (const run of due) take(run);
      moreIsDue = due.length === wanted;
      if (!moreIsDue) return;
    }
  }

  function wake(): void {
    if (stop.signal.aborted || looking !== null) return;
    looking = look()
      .catch((error) => log.warn({ err: error }, 'could not look for runs that are due; trying again'))
      .then(() => {
        looking = null;
      });
  }

  let missing: readonly string[] = [];
  /** A connection that broke may have kept from us what we took: what the journal calls ours for two beats, and we do not know of. */
  async function giveBackUnknown(): Promise<void> {
    const unknown = (await ownedBy(db, id)).filter((runId) => !executing.has(runId));
    const still = unknown.filter((runId) => missing.includes(runId));
    missing = unknown;
    if (still.length === 0) return;
    await handBack(db, id, still);
    log.warn({ runs: still.length }, 'runs whose taking was never answered are due again');
    wake();
  }

  async function beat(): Promise<void> {
    await giveBackUnknown();
    const unknown = await parkUnknown(db, kinds);
    if (unknown > 0) log.warn({ unknown }, 'runs of acts that no worker knows wait for an operator');
    for (const gone of await liveness.beat()) {
      try {
        const runs = await takeFrom(db, gone.worker, gone.dead ? null : leaseSeconds(options.beatMs));
        if (runs > 0)
          log.warn({ worker: gone.worker, dead: gone.dead, runs }, 'a worker is gone; its runs are due again');
      } finally {
        await liveness.done(gone);
      }
      wake();
    }
  }

  // What this worker left when it died; its successor under the same name goes on with it.
  const left = await takeFrom(db, id, null).catch(async (error) => {
    pace.stop();
    await liveness.end();
    throw error;
  });
  if (left > 0) log.warn({ runs: left }, 'this worker goes on with what it left');
  const beating = every(options.beatMs, () =>
    beat().catch((error) => log.warn({ err: error }, 'could not look for dead workers')),
  );
  const polling = setInterval(wake, options.pollMs);
  await beat();
  wake();

  return {
    id,
    reserve,
    free,
    take,
    wake,
    has: (runId) => executing.has(runId),
    async close() {
      stop.abort(new Error('the process shuts down'));
      clearInterval(polling);
      pace.stop();
      const closing = async () => {
        await beating.stop();
        await looking;
        const grace = setTimeout(() => options.cut.abort(stop.signal.reason), options.graceMs);
        await Promise.all(executing.values());
        clearTimeout(grace);
        await handBack(db, id);
      };
      // Closing must not wait for a database that is gone.
      const ended = closing().catch((error) =>
        log.warn({ err: error }, 'what was not finished could not be handed back'),
      );
      if (!(await endsWithin(options.graceMs + TEARDOWN_MS, ended))) {
        log.warn('the database does not answer; what is not finished goes on at the next start');
      }
      await endsWithin(TEARDOWN_MS, liveness.end());
    },
  };
}
