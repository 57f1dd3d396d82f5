import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Call } from '../../platform/call.ts';
import type { Db } from '../../platform/db/db.ts';
import { errorCode, HubError } from '../../platform/errors.ts';
import { kept } from './facts.ts';
import { LINKS, type LinkedCustomer, type Stream } from './read.ts';

/** How far a stream is, as a later start goes on from it. */
export interface Place {
  readonly name: string;
  readonly cursor: string | null;
  readonly entries: number;
  readonly done: boolean;
}

export async function placesOf(db: Db, runId: string): Promise<readonly Place[]> {
  const { rows } = await sql<Place>`
    select name, cursor, entries::int as entries, done from reconcile.stream where run_id = ${runId}
    order by name`.execute(db);
  return rows;
}

/**
 * Reads a stream to its end, from where an earlier start left it, a page in memory at a time; each page is kept together with
 * its place, so that none is kept twice. A system that is busy or away is asked again with patience. @throws what it says then
 */
export async function readToEnd(db: Db, runId: string, stream: Stream, call: Call): Promise<void> {
  const place = (await placesOf(db, runId)).find(({ name }) => name === stream.name);
  if (place?.done) return;
  const pageAfter = (after: string | null) => {
    const page = patiently(() => stream.scan({ first: stream.first, after }, call), call);
    page.catch(() => undefined); // whoever waits for it sees it, unless keeping the page before has failed
    return page;
  };
  let after = place?.cursor ?? null;
  let next = pageAfter(after);
  for (let more = true; more; ) {
    call.signal.throwIfAborted();
    const page = await next;
    more = page.hasMore && page.endCursor !== after;
    after = page.endCursor;
    if (more) next = pageAfter(after); // on its way while this one is kept
    const progress = { cursor: after, entries: page.entries.length, done: !more };
    await db.transaction().execute(async (trx) => {
      if (stream.name === LINKS)
        await keepLinks(trx, runId, page.entries as readonly LinkedCustomer[]); // that stream's own
      else await keepRecords(trx, runId, stream, page.entries);
      await sql`
        insert into reconcile.stream (run_id, name, cursor, entries, done)
        values (${runId}, ${stream.name}, ${progress.cursor}, ${progress.entries}, ${progress.done})
        on conflict (run_id, name) do update
        set cursor = excluded.cursor, entries = stream.entries + excluded.entries, done = excluded.done`.execute(trx);
    });
  }
}

async function keepLinks(trx: Kysely<object>, runId: string, customers: readonly LinkedCustomer[]): Promise<void> {
  const links = customers.flatMap(({ customerId, links: own }) =>
    own.map(({ system, externalId }) => ({ system, externalId, customerId })),
  );
  await sql`
    insert into reconcile.link (run_id, system, external_id, customer_id)
    select ${runId}, l.system, l."externalId", l."customerId"
    from jsonb_to_recordset(${JSON.stringify(links)}::jsonb) as l(system text, "externalId" text, "customerId" text)
    on conflict do nothing`.execute(trx);
  await sql`
    insert into reconcile.fact (run_id, customer_id, stream, data)
    select ${runId}, data ->> 'customerId', ${LINKS}, data
    from jsonb_array_elements(${kept(customers)}::jsonb) as data`.execute(trx);
}

/** Whose it is says the register's link, else the record itself; what neither tells is left to the stewards. */
async function keepRecords(
  trx: Kysely<object>,
  runId: string,
  { name, system, of }: Stream,
  entries: readonly unknown[],
): Promise<void> {
  if (entries.length === 0) return;
  const owned = entries.map((entry) => ({ ...of(entry as never), data: entry })); // the stream's own entries
  await sql`
    insert into reconcile.fact (run_id, customer_id, stream, data)
    select ${runId}, coalesce(l.customer_id, e."hubId"), ${name}, e.data
    from jsonb_to_recordset(${kept(owned)}::jsonb) as e("externalId" text, "hubId" text, data jsonb)
    left join reconcile.link l on l.run_id = ${runId} and l.system = ${system} and l.external_id = e."externalId"
    where coalesce(l.customer_id, e."hubId") is not null`.execute(trx);
}

/** Forgets what runs have read: all of it where no other run is under way. */
export async function forgetRead(db: Db, runId: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql`
      select 1 from reconcile.run where ended_at is null and id <> ${runId} limit 1`.execute(trx);
    if (rows.length === 0) {
      await sql`truncate reconcile.stream, reconcile.link, reconcile.fact`.execute(trx);
      return;
    }
    for (const table of ['stream', 'link', 'fact']) {
      await sql`delete from ${sql.table(`reconcile.${table}`)} where run_id = ${runId}`.execute(trx);
    }
  });
}

/** Waits between tries of one page before the run is given up; a system that says how long is waited for, up to a minute. */
const WAITS_MS = [500, 2_000, 5_000, 15_000, 30_000];

async function patiently<T>(ask: () => Promise<T>, call: Call): Promise<T> {
  for (const waitMs of WAITS_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof HubError && error.retryable) || call.signal.aborted) throw error;
      const askedMs = errorCode(error) === 'THROTTLED' ? (error.retryAfterMs ?? 0) : 0;
      await delay(Math.max(waitMs, Math.min(askedMs, 60_000)), undefined, { signal: call.signal });
    }
  }
  return ask();
}
