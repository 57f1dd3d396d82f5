import { sql } from 'kysely';
import type { Call } from '../../platform/call.ts';
import { type Clock, day, instant } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import type { Logger } from '../../platform/log.ts';
import type { Ownership } from '../../platform/ownership/ownership.ts';
import { customersOf } from './customers.ts';
import type { CustomerFacts } from './facts.ts';
import { closeGone, keepFound } from './finding-store.ts';
import type { Found } from './found.ts';
import { bookingsThatDiffer } from './judges/bookings.ts';
import { booksThatDiffer, type Grace } from './judges/books.ts';
import { copiesThatDiffer } from './judges/copies.ts';
import { licencesThatDiffer } from './judges/licences.ts';
import { recordsThatAreWrong } from './judges/records.ts';
import { forgetRead, readToEnd } from './keep.ts';
import { isIn, type Kind, kindsOf } from './kinds.ts';
import { LINKS, type Reconciled, type Stream, streamsFor } from './read.ts';
import type { Reconciliation, RunStore, RunTotals } from './runs.ts';
import { createTotals } from './totals.ts';
import { underWaySince } from './under-way.ts';

export interface ReconcileServices {
  readonly db: Db;
  readonly runs: RunStore;
  readonly systems: Reconciled;
  readonly ownership: Pick<Ownership, 'owners'>;
  readonly grace: Grace;
  readonly newFindingId: () => string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Runs one reconciliation to its end, or goes on with one that a process left: everything is read into the database, system by
 * system side by side, then judged customer by customer. Memory holds a few pages, however many customers there are.
 */
export async function reconcile(run: Reconciliation, services: ReconcileServices, call: Call): Promise<void> {
  const { db, runs, systems, clock, log } = services;
  const startedAt = run.startedAt ?? instant(clock);
  await runs.note(run.id, { state: 'READING', startedAt, starting: true });
  const streams = streamsFor(run.scope, run.since, systems);
  await readAll(db, run.id, streams, call);
  await sql`analyze reconcile.fact`.execute(db);
  await runs.note(run.id, { state: 'COMPARING' });
  const totals = await compare({ ...run, startedAt }, streams, services, call);
  await runs.note(run.id, { state: 'COMPLETED', endedAt: instant(clock), totals });
  await forgetRead(db, run.id);
  log.info({ run: run.id, scope: run.scope, found: totals.found, customers: totals.customers }, 'reconciled');
}

/** The links first: they say whose a record is. Then all streams side by side; the first that fails stops the others. */
async function readAll(db: Db, runId: string, streams: readonly Stream[], call: Call): Promise<void> {
  const failed = new AbortController();
  const reading = { ...call, signal: AbortSignal.any([call.signal, failed.signal]) };
  for (const stream of streams.filter(({ name }) => name === LINKS)) await readToEnd(db, runId, stream, reading);
  const rest = streams.filter(({ name }) => name !== LINKS);
  const ended = await Promise.allSettled(
    rest.map((stream) =>
      readToEnd(db, runId, stream, reading).catch((error) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
  call.signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

async function compare(
  run: Reconciliation & { readonly startedAt: string },
  streams: readonly Stream[],
  services: ReconcileServices,
  call: Call,
): Promise<RunTotals> {
  const { db, runs, clock, newFindingId } = services;
  const read = new Set<string>(streams.map(({ name }) => name.toUpperCase()));
  const totals = createTotals(run.since);
  const counts = new Map<Kind, number>();
  const postponed: string[] = [];
  let compared = 0;
  for await (const customers of customersOf(db, run.id)) {
    call.signal.throwIfAborted();
    const found = customers.flatMap((facts) => {
      totals.add(facts);
      return judged(facts, read, services).filter(({ kind }) => isIn(kind, run.scope));
    });
    const busy = await underWaySince(db, [...new Set(found.map(({ customerId }) => customerId))], run.startedAt);
    for (const customerId of busy) {
      postponed.push(customerId);
      totals.postpone();
    }
    const certain = found.filter(({ customerId }) => !busy.has(customerId));
    for (const { kind } of certain) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (!run.dryRun) {
      await keepFound(db, certain, { runId: run.id, at: instant(clock), newId: newFindingId });
    }
    compared += customers.length;
    await runs.note(run.id, { compared });
  }
  const closing = { runId: run.id, at: instant(clock), kinds: kindsOf(run.scope), except: postponed };
  const closed = run.dryRun ? 0 : await closeGone(db, closing);
  return { ...totals.all(), found: Object.fromEntries(counts), closed };
}

/** Every judge on one customer. What was not read is not judged: its facts are empty, and would all be missing. */
function judged(facts: CustomerFacts, read: ReadonlySet<string>, services: ReconcileServices): readonly Found[] {
  const { ownership, grace, clock } = services;
  const has = (...streams: string[]) => streams.every((name) => read.has(name));
  return [
    ...copiesThatDiffer(facts, ownership),
    ...(has('BILLING') ? recordsThatAreWrong(facts, read) : []),
    ...(has('BILLING', 'CRM') ? bookingsThatDiffer(facts) : []),
    ...(has('BILLING', 'SUPPORT', 'RIGHTS') ? licencesThatDiffer(facts) : []),
    ...(has('BOOKS', 'PAYMENTS') ? booksThatDiffer(facts, { today: day(clock), grace }) : []),
  ];
}
