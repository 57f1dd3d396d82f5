import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Call } from '../../platform/call.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { newCorrelationId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Ownership } from '../../platform/ownership/ownership.ts';
import type { ReconcileSettings } from './config.ts';
import { newFindingId, openReconciliationDesk, type ReconciliationDesk } from './desk.ts';
import { forgetRead } from './keep.ts';
import type { Reconciled } from './read.ts';
import { type ReconcileServices, reconcile } from './reconcile.ts';
import type { RunStore } from './runs.ts';

export interface ReconcilerOptions {
  readonly db: Db;
  readonly systems: Reconciled;
  readonly ownership: Pick<Ownership, 'owners'>;
  readonly settings: ReconcileSettings;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often runs that were asked for elsewhere are looked for. Default 1,000. */
  readonly pollMs?: number;
}

const HOUR_MS = 3_600_000;
/** Who asks by the schedule. */
const SCHEDULE = 'schedule';

/**
 * Runs what was asked for, and by the schedule, one run at a time in this process. A run whose process died is gone on with
 * by whoever sees it first; a session lock keeps others off one that is under way.
 */
export async function openReconciler(
  options: ReconcilerOptions,
): Promise<{ desk: ReconciliationDesk; close(): Promise<void> }> {
  const { db, systems, ownership, settings, clock, log, pollMs = 1_000 } = options;
  const desk = await openReconciliationDesk(db, { clock, days: settings.days });
  const stop = new AbortController();
  const services: ReconcileServices = {
    ...{ db, runs: desk.runs, systems, ownership, newFindingId, clock, log },
    grace: { invoiceDays: settings.invoiceDays, paymentDays: settings.paymentDays },
  };
  const working = (async () => {
    while (!stop.signal.aborted) {
      try {
        await askBySchedule(desk, settings, clock);
        for (const id of await desk.runs.unfinished()) await runAlone(id, services, stop.signal);
      } catch (error) {
        if (!stop.signal.aborted) log.warn({ err: error }, 'runs of reconciliation could not be looked for');
      }
      await delay(pollMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined); // woken early to stop
    }
  })();
  return {
    desk,
    close: async () => {
      stop.abort();
      await working;
    },
  };
}

async function askBySchedule(
  desk: ReconciliationDesk & { readonly runs: RunStore },
  { everyHours }: ReconcileSettings,
  clock: Clock,
): Promise<void> {
  if (everyHours === 0) return;
  const last = await desk.runs.lastOf('ALL');
  if (last !== null && clock.now() - Date.parse(last) < everyHours * HOUR_MS) return;
  await desk.request({ scope: 'ALL', since: null, dryRun: false, by: SCHEDULE });
}

/** Holds the run's lock on a connection of its own for as long as it lasts: with the process goes the lock. */
async function runAlone(id: string, services: ReconcileServices, stopping: AbortSignal): Promise<void> {
  const { db, runs, clock, log } = services;
  if (stopping.aborted) return;
  await db.connection().execute(async (connection) => {
    const name = `concord.reconcile.${id}`;
    const { rows } = await sql<{ mine: boolean }>`
      select pg_try_advisory_lock(hashtextextended(${name}, 0)) as mine`.execute(connection);
    if (!rows[0]?.mine) return;
    try {
      const [run] = await runs.show([id]);
      if (!run || run.endedAt !== null) return;
      const call: Call = { correlationId: newCorrelationId(), signal: stopping, work: 'BACKGROUND' };
      await reconcile(run, services, call);
    } catch (error) {
      if (stopping.aborted) return; // the next process goes on with it
      const message = error instanceof Error ? error.message : String(error);
      log.error({ err: error, run: id }, 'a reconciliation failed');
      await runs.note(id, { state: 'FAILED', endedAt: instant(clock), error: message });
      await forgetRead(db, id);
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(connection);
    }
  });
}
