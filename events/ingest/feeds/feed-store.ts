import { type Kysely, sql } from 'kysely';
import type { Cursor, FeedPage } from '../../../platform/feeds/change-feed.ts';
import { keep } from '../inbox.ts';
import type { IngestTables } from '../tables.ts';

type FeedDb = Kysely<IngestTables>;

/** How long a poll has a feed for itself after each page that it kept; another process takes over from one that died. */
const HELD_SECONDS = 60;
/** A change that the feed of a vendor with webhooks finds this long after it happened was missed by them. */
const WEBHOOK_WITHIN_SECONDS = 30;

/** The right to move one feed's cursor, until it is given back or runs out. */
export interface Hold {
  readonly feed: string;
  /** Of this hold alone: a poll that was frozen while another took over cannot move the cursor back. */
  readonly token: string;
  readonly cursor: Cursor | null;
  readonly failures: number;
}

/** Takes a feed that is due and that nobody polls, or says how long to wait before it is worth asking again. */
export async function takeFeed(db: FeedDb, feed: string, token: string): Promise<Hold | { readonly waitMs: number }> {
  const { rows } = await sql<{ cursor: Cursor | null; failures: number }>`
    update ingest.feed set held_by = ${token}, held_until = now() + make_interval(secs => ${HELD_SECONDS})
    where name = ${feed} and due_at <= now() and (held_until is null or held_until < now())
    returning cursor, failures`.execute(db);
  const [taken] = rows;
  if (taken) return { feed, token, ...taken };
  const { rows: waits } = await sql<{ waitMs: number }>`
    select (extract(epoch from greatest(due_at, held_until) - now()) * 1000)::float8 as "waitMs"
    from ingest.feed where name = ${feed}`.execute(db);
  return { waitMs: Math.max(0, waits[0]?.waitMs ?? 0) };
}

/** A feed that was never polled begins with its first poll. */
export const knowFeed = (db: FeedDb, feed: string) =>
  sql`insert into ingest.feed (name) values (${feed}) on conflict (name) do nothing`.execute(db);

/**
 * Puts the changes of a page into the inbox and moves the cursor behind them, both or neither. Answers how many were new.
 * @throws FeedTaken when another process polls the feed meanwhile
 */
export async function keepPage(
  db: FeedDb,
  { feed, token }: Hold,
  { changes, cursor }: FeedPage,
  { besideWebhooks, now }: { besideWebhooks: boolean; now: string },
): Promise<{ found: number; missed: number }> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql`
      update ingest.feed set cursor = ${JSON.stringify(cursor)}::jsonb,
        held_until = now() + make_interval(secs => ${HELD_SECONDS})
      where name = ${feed} and held_by = ${token} returning 1`.execute(trx);
    if (rows.length === 0) throw new FeedTaken(feed);
    const late = Date.parse(now) - WEBHOOK_WITHIN_SECONDS * 1_000;
    const kept = (some: typeof changes) =>
      keep(
        trx,
        some.map((inbound) => ({ source: feed, inbound })),
      );
    let found = 0;
    let missed = 0;
    // In the order in which they are: a record's changes are applied in the order of their arrival.
    for (const part of runsOf(changes, ({ occurredAt }) => besideWebhooks && Date.parse(occurredAt) < late)) {
      const fresh = await kept(part.items);
      found += fresh;
      if (part.is) missed += fresh;
    }
    if (found > 0) {
      await sql`update ingest.feed set found = found + ${found}, missed = missed + ${missed} where name = ${feed}`.execute(
        trx,
      );
    }
    return { found, missed };
  });
}

/** Gives the feed back after a poll that went well. `behind`: there is more, and it is due at once. */
export const pollEnded = (db: FeedDb, { feed, token }: Hold, about: { behind: boolean; everySeconds: number }) =>
  sql`
    update ingest.feed set held_by = null, held_until = null, polled_at = now(), failures = 0, problem = null,
      behind = ${about.behind}, due_at = now() + make_interval(secs => ${about.behind ? 0 : about.everySeconds})
    where name = ${feed} and held_by = ${token}`.execute(db);

/** Gives it back after one that failed. */
export const pollFailed = (db: FeedDb, { feed, token }: Hold, about: { problem: string; againInMs: number }) =>
  sql`
    update ingest.feed set held_by = null, held_until = null, failures = failures + 1, problem = ${about.problem},
      due_at = now() + make_interval(secs => ${about.againInMs / 1_000})
    where name = ${feed} and held_by = ${token}`.execute(db);

/** Gives it back as it was, to whoever asks next: this process ends. */
export const letGo = (db: FeedDb, { feed, token }: Hold) =>
  sql`
    update ingest.feed set held_by = null, held_until = null, due_at = now()
    where name = ${feed} and held_by = ${token}`.execute(db);

/** Another process polls this feed: what was read is dropped, and read again by the other one. */
export class FeedTaken extends Error {
  constructor(feed: string) {
    super(`${feed} is polled by another process`);
    this.name = 'FeedTaken';
  }
}

/** A list cut where the answer changes. */
function runsOf<T>(items: readonly T[], is: (item: T) => boolean): { is: boolean; items: T[] }[] {
  const runs: { is: boolean; items: T[] }[] = [];
  for (const item of items) {
    const last = runs.at(-1);
    if (last && last.is === is(item)) last.items.push(item);
    else runs.push({ is: is(item), items: [item] });
  }
  return runs;
}
