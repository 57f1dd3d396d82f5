import { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import type { Clock } from '../../../../platform/clock.ts';
import type { ChangeFeed, Cursor } from '../../../../platform/feeds/change-feed.ts';
import { LOOK_BACK_EVERY_MS, LOOK_BACK_MS, OVERLAP_MS, onward, type Place } from '../../../../platform/feeds/place.ts';
import type { Inbound } from '../../../../platform/webhooks/webhook-source.ts';
import { CHANGED, changeOf, deletionOf, FEED_OBJECTS, type FeedObject } from './change-rows.ts';
import type { SalesforceConfig } from './config.ts';
import { brokenContract, read } from './failures.ts';
import { createReadBatch, type ReadBatch } from './read-batch.ts';
import { createSession, type Session } from './session.ts';
import { quoted } from './soql.ts';

/** Rows of each object in one page. */
const PAGE_ROWS = 500;
/** How far back deletions can be asked for: resources_getdeleted.htm says 15 days. */
const DELETIONS_KEPT_MS = 14 * 86_400_000;

const PlaceShape = z.object({ at: z.iso.datetime(), id: z.string().regex(/^([A-Za-z0-9]{18})?$/) });
const CursorShape = z.object({
  places: z.record(z.enum(FEED_OBJECTS), PlaceShape),
  /** When it last looked further back, and for deletions. */
  lookedBackAt: z.iso.datetime(),
  /** Up to when deletions were asked for. */
  deletionsTo: z.iso.datetime(),
});

const Deleted = z.object({
  deletedRecords: z.array(z.object({ id: z.string().regex(/^[A-Za-z0-9]{18}$/), deletedDate: z.string() })),
  latestDateCovered: z.string(),
});

/**
 * What changed in the org, by polling (README, "Changes"). Each object is read by `SystemModstamp` in a stable order, what is in
 * the recycle bin or merged away too; what was purged meanwhile is asked for every five minutes.
 */
export function salesforceFeed(config: SalesforceConfig, clock: Clock, pageRows = PAGE_ROWS): ChangeFeed {
  const session = createSession(config);
  const batch = createReadBatch(session);
  return {
    name: 'salesforce',
    system: 'CRM',
    tells: ['CustomerChanged'],
    async read(from, call) {
      const now = clock.now();
      const cursor = from === null ? beginning(now) : CursorShape.parse(from);
      const hubUser = await session.userId(call);
      const pages = await Promise.all(
        FEED_OBJECTS.map((object) =>
          changedSince(batch, object, cursor.places[object] ?? startAt(now), pageRows, call),
        ),
      );
      const more = pages.some(({ rows }) => rows.length === pageRows);
      const looksBack = !more && now - Date.parse(cursor.lookedBackAt) >= LOOK_BACK_EVERY_MS;
      const deletions = looksBack ? await deletedSince(session, cursor.deletionsTo, now, call) : null;
      const again = instantAt(now - (looksBack ? LOOK_BACK_MS : OVERLAP_MS));
      const next: z.infer<typeof CursorShape> = {
        places: Object.fromEntries(
          pages.map(({ object, from: place, rows }) => [
            object,
            onward(place, rows, { more: rows.length === pageRows, again }),
          ]),
        ) as Record<FeedObject, Place>, // each object has its page
        lookedBackAt: looksBack ? instantAt(now) : cursor.lookedBackAt,
        deletionsTo: deletions?.to ?? cursor.deletionsTo,
      };
      const changes: readonly Inbound[] = [
        ...pages.flatMap(({ object, rows }) => rows.map(({ row }) => changeOf(object, row, hubUser))),
        ...(deletions?.changes ?? []),
      ];
      return { changes, cursor: next satisfies Cursor, more };
    },
    close: () => session.close(),
  };
}

const instantAt = (ms: number): string => new Date(ms).toISOString();
const startAt = (now: number): Place => ({ at: instantAt(now - OVERLAP_MS), id: '' });
const beginning = (now: number): z.infer<typeof CursorShape> => ({
  places: Object.fromEntries(FEED_OBJECTS.map((object) => [object, startAt(now)])) as Record<FeedObject, Place>,
  lookedBackAt: instantAt(0), // so that the first poll says whether deletions may be asked for
  deletionsTo: instantAt(now - LOOK_BACK_MS),
});

/** The next rows of an object behind a place. The first condition alone lets the org's index find them. */
async function changedSince(batch: ReadBatch, object: FeedObject, from: Place, pageRows: number, call: Call) {
  const behind = from.id === '' ? '' : ` AND (SystemModstamp > ${from.at} OR Id > ${quoted(from.id)})`;
  const soql = `SELECT ${CHANGED[object].fields.join(', ')} FROM ${object} WHERE SystemModstamp >= ${from.at}${behind} ORDER BY SystemModstamp, Id LIMIT ${pageRows}`;
  const rows = (await batch.query(soql, call, { deletedToo: true })).map((raw) => {
    const row = read(CHANGED[object].row, raw, object);
    return { row, at: new Date(row.SystemModstamp).toISOString(), id: row.Id };
  });
  return { object, from, rows };
}

/**
 * What left the org for good since: `sobjects/{object}/deleted` (resources_getdeleted.htm). It counts in whole minutes and is
 * not to be asked more often than every five.
 */
async function deletedSince(session: Session, since: string, now: number, call: Call) {
  const start = Math.max(Date.parse(since), now - DELETIONS_KEPT_MS);
  const span = new URLSearchParams({ start: instantAt(start), end: instantAt(now) });
  const deleted = await Promise.all(
    FEED_OBJECTS.map(async (object) => {
      const body = await session.send({ method: 'GET', path: `/sobjects/${object}/deleted/?${span}` }, call);
      return { object, answer: read(Deleted, body, 'deleted') };
    }),
  );
  const covered = deleted.map(({ answer }) => Date.parse(answer.latestDateCovered));
  if (covered.some(Number.isNaN)) throw brokenContract('deleted.latestDateCovered: not as agreed');
  return {
    changes: deleted.flatMap(({ object, answer }) =>
      answer.deletedRecords.map(({ id, deletedDate }) => deletionOf(object, id, new Date(deletedDate).toISOString())),
    ),
    to: instantAt(Math.min(...covered, now)),
  };
}
