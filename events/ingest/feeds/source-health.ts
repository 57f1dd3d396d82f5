import { type Kysely, sql } from 'kysely';
import type { IngestTables } from '../tables.ts';

/**
 * Why something may be missing. NOT_POLLED: the vendor was not asked, or did not answer, for three intervals. BEHIND: it has
 * told more than was applied. SILENT: it told nothing for longer than is believable.
 */
export type Gap = 'NOT_POLLED' | 'BEHIND' | 'SILENT';

/** How the hub hears of one vendor's changes, and how well. Instants are RFC 3339. */
export interface SourceHealth {
  /** Example: `salesforce`. */
  readonly source: string;
  /** As in the graph's `System`. */
  readonly system: string;
  readonly webhooks: boolean;
  /** null: not polled. */
  readonly polledEverySeconds: number | null;
  /** When the last change came in; null: none ever did. */
  readonly lastChangeAt: string | null;
  /** When the last poll went well; null: none did. */
  readonly lastPollAt: string | null;
  /** Polls that failed since, in a row, and what the last one said. */
  readonly failures: number;
  readonly problem: string | null;
  /** Changes that wait to be applied, and how long the oldest does. */
  readonly waiting: number;
  readonly lagMs: number;
  /** Changes that nobody could apply; they wait for an operator. */
  readonly parked: number;
  /** Webhooks that did not come and were caught up by polling, since the database was made. */
  readonly missed: number;
  readonly gap: Gap | null;
}

/** A source as it is set up. */
export interface DeclaredSource {
  readonly name: string;
  readonly system: string;
  readonly webhooks: boolean;
  readonly everySeconds: number | null;
  readonly silentAfterMs: number;
}

/** Changes are applied within moments: what waits longer than this is behind. */
const BEHIND_AFTER_MS = 60_000;
/** Shortest time without a poll that is a gap, however short the interval. */
const NOT_POLLED_AFTER_MS = 60_000;

/** How each source stands now. Reads no more than the ends of a few indexes. */
export async function sourceHealth(
  db: Kysely<IngestTables>,
  declared: readonly DeclaredSource[],
  startedAt: number,
): Promise<readonly SourceHealth[]> {
  const { rows } = await sql<Row>`
    select source.name, feed.failures, feed.problem, feed.missed::float8, coalesce(feed.behind, false) as behind,
      feed.polled_at as "lastPollAt", last.received_at as "lastChangeAt", now() as now,
      (select count(*)::int from ingest.inbox where inbox.source = source.name and state = 'RECEIVED') as waiting,
      (select received_at from ingest.inbox where inbox.source = source.name and state = 'RECEIVED' order by id limit 1) as oldest,
      (select count(*)::int from ingest.inbox where inbox.source = source.name and state = 'PARKED') as parked
    from unnest(${sql.val(declared.map(({ name }) => name))}::text[]) as source (name)
    left join ingest.feed on feed.name = source.name
    left join lateral (select received_at from ingest.inbox where inbox.source = source.name order by id desc limit 1) as last
      on true`.execute(db);
  const found = new Map(rows.map((row) => [row.name, row]));
  return declared.flatMap((source) => {
    const row = found.get(source.name);
    return row ? [judged(source, row, startedAt)] : [];
  });
}

interface Row {
  readonly name: string;
  readonly failures: number | null;
  readonly problem: string | null;
  readonly missed: number | null;
  readonly behind: boolean;
  readonly lastPollAt: Date | null;
  readonly lastChangeAt: Date | null;
  readonly waiting: number;
  readonly oldest: Date | null;
  readonly parked: number;
  /** The database's, as are the other times. */
  readonly now: Date;
}

function judged(source: DeclaredSource, row: Row, startedAt: number): SourceHealth {
  const since = (at: Date | null) => row.now.getTime() - Math.max(at?.getTime() ?? 0, startedAt);
  const lagMs = row.oldest === null ? 0 : row.now.getTime() - row.oldest.getTime();
  const pollMissing = Math.max(3 * (source.everySeconds ?? 0) * 1_000, NOT_POLLED_AFTER_MS);
  const gap: Gap | null =
    source.everySeconds !== null && since(row.lastPollAt) > pollMissing
      ? 'NOT_POLLED'
      : row.behind || lagMs > BEHIND_AFTER_MS
        ? 'BEHIND'
        : since(row.lastChangeAt) > source.silentAfterMs
          ? 'SILENT'
          : null;
  return {
    source: source.name,
    system: source.system,
    webhooks: source.webhooks,
    polledEverySeconds: source.everySeconds,
    lastChangeAt: row.lastChangeAt?.toISOString() ?? null,
    lastPollAt: row.lastPollAt?.toISOString() ?? null,
    failures: row.failures ?? 0,
    problem: row.problem,
    waiting: row.waiting,
    lagMs,
    parked: row.parked,
    missed: row.missed ?? 0,
    gap,
  };
}
