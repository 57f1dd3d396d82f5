import { z } from 'zod';
import type { Clock } from '../../../../platform/clock.ts';
import type { ChangeFeed } from '../../../../platform/feeds/change-feed.ts';
import { LOOK_BACK_EVERY_MS, LOOK_BACK_MS, OVERLAP_MS, onward, type Place } from '../../../../platform/feeds/place.ts';
import { createHttpClient } from '../../../../platform/http/client.ts';
import { ChangedRow, changedSince, changesOf, FEED_TABLES, type FeedTable, TELLS } from './change-rows.ts';
import type { NetSuiteConfig } from './config.ts';
import { SYSTEM } from './failures.ts';
import { createSession } from './session.ts';
import { createSuiteQl, PAGE_ROWS } from './suiteql.ts';
import { createTokens } from './token.ts';

/** Rows of each table in one page: together they fit on one page of SuiteQL. */
const MOST_ROWS = Math.floor(PAGE_ROWS / FEED_TABLES.length);
/** Looked at every few minutes only: deletions are rare, and need a permission of their own. */
const RARE: ReadonlySet<FeedTable> = new Set(['deletedrecord']);

const PlaceShape = z.object({
  at: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  id: z.string().regex(/^\d{0,15}$/),
});
const CursorShape = z.object({
  places: z.record(z.enum(FEED_TABLES), PlaceShape),
  /** When it last looked further back, and for deletions. */
  lookedBackAt: z.iso.datetime(),
});
type NetSuiteCursor = z.infer<typeof CursorShape>;

/** What changed in the account, by polling its tables by the time of their last change: one request (README, "Changes"). */
export function netsuiteFeed(config: NetSuiteConfig, clock: Clock, mostRows = MOST_ROWS): ChangeFeed {
  const { baseUrl, timeoutMs } = config;
  const http = createHttpClient({ origin: baseUrl, system: SYSTEM, timeoutMs, connections: 1 });
  const suiteql = createSuiteQl(createSession(http, createTokens(config, http, clock)));
  return {
    name: 'netsuite',
    system: 'ERP',
    tells: TELLS,
    async read(from, call) {
      const now = clock.now();
      const cursor = from === null ? beginning(now) : CursorShape.parse(from);
      const looksBack = now - Date.parse(cursor.lookedBackAt) >= LOOK_BACK_EVERY_MS;
      const again = secondOf(now - (looksBack ? LOOK_BACK_MS : OVERLAP_MS));
      const pages = await Promise.all(
        FEED_TABLES.filter((table) => looksBack || !RARE.has(table)).map(async (table) => {
          const place = cursor.places[table] ?? { at: secondOf(now - OVERLAP_MS), id: '' };
          const rows = await suiteql.rows(changedSince(table, place, mostRows), ChangedRow, call);
          return { table, place, rows: rows.sort(byPlace), more: rows.length === mostRows };
        }),
      );
      const more = pages.some((page) => page.more);
      const next: NetSuiteCursor = {
        places: {
          ...cursor.places,
          ...Object.fromEntries(
            pages.map(({ table, place, rows, more }) => [table, onward(place, rows, { more, again })]),
          ),
        },
        lookedBackAt: looksBack && !more ? new Date(now).toISOString() : cursor.lookedBackAt,
      };
      return {
        changes: pages.flatMap(({ table, rows }) => rows.flatMap((row) => changesOf(table, row))),
        cursor: next,
        more,
      };
    },
    close: () => http.close(),
  };
}

/** As SuiteQL writes it for a user whose time zone is UTC. */
const secondOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

const beginning = (now: number): NetSuiteCursor => ({
  places: Object.fromEntries(FEED_TABLES.map((table) => [table, { at: secondOf(now - OVERLAP_MS), id: '' }])) as Record<
    FeedTable,
    Place
  >, // each table has its place
  lookedBackAt: new Date(0).toISOString(), // so that the first poll says whether deletions may be looked at
});

const byPlace = (a: ChangedRow, b: ChangedRow): number =>
  a.at === b.at ? Number(a.id) - Number(b.id) : a.at < b.at ? -1 : 1;
