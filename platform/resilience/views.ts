import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '../db/db.ts';
import { type Migration, migrate } from '../db/migrate.ts';
import type { Logger } from '../log.ts';
import type { Source } from './source.ts';
import type { Sources } from './sources.ts';

const Instant = z.number().nullable();
const Breaker = z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']);

/** A system as one process knows it. */
const SourceView = z.object({
  system: z.string(),
  instance: z.string().nullable(),
  breaker: Breaker,
  pausedMs: z.number(),
  inFlight: z.number(),
  waiting: z.number(),
  quota: z.object({ requests: z.number(), windowMs: z.number(), left: z.number() }).nullable(),
  capabilities: z.array(
    z.object({
      name: z.string(),
      breaker: Breaker,
      /** Milliseconds since the epoch. */
      lastOkAt: Instant,
      lastError: z.object({ at: z.number(), code: z.string() }).nullable(),
    }),
  ),
});
export type SourceView = z.infer<typeof SourceView>;

/** How the hub hears of the changes of one system. Instants are RFC 3339. */
const FeedView = z.object({
  name: z.string(),
  system: z.string(),
  webhooks: z.boolean(),
  polledEverySeconds: z.number().nullable(),
  lastPollAt: z.string().nullable(),
  lastChangeAt: z.string().nullable(),
  waiting: z.number(),
  parked: z.number(),
  missed: z.number(),
  gap: z.enum(['NOT_POLLED', 'BEHIND', 'SILENT']).nullable(),
});
export type FeedView = z.infer<typeof FeedView>;

/** What every process of the hub says of its systems. */
export interface SourceViews {
  /** This process's own is as of now, others' at most some seconds old. */
  all(): Promise<{ readonly sources: readonly SourceView[]; readonly feeds: readonly FeedView[] }>;
  /** This process also hears of changes, and tells from now on how. */
  alsoTell(feeds: () => Promise<readonly FeedView[]>): void;
  /** Withdraws what this process said. */
  close(): Promise<void>;
}

const SCHEMA = 'sources';
const migrations: readonly Migration[] = [
  {
    name: '0001-views',
    sql: `
create table view (
  process text primary key,
  told_at timestamptz not null default now(),
  sources jsonb not null
);
`,
  },
  { name: '0002-feeds', sql: "alter table view add column feeds jsonb not null default '[]'" },
];

/** How often a process tells what it knows. */
const TELL_EVERY_MS = 2_000;
/** A process that was not heard of for so long is gone. */
const HEARD_WITHIN_SECONDS = 15;
const FORGOTTEN_AFTER_SECONDS = 300;

/**
 * Tells the others what this process knows of its systems, and reads what they tell. A database that is away is tried again.
 * @param name for people. Example: `worker-1`
 */
export function tellSourceViews(options: { db: Db; sources: Sources; name: string; log: Logger }): SourceViews {
  const { db, sources, log } = options;
  const me = `${options.name}/${randomUUID()}`;
  let laid: Promise<void> | null = null;
  let stopped = false;
  let feeds: () => Promise<readonly FeedView[]> = async () => [];

  const tables = (): Promise<void> => {
    laid ??= migrate(db, SCHEMA, migrations).catch((error: unknown) => {
      laid = null;
      throw error;
    });
    return laid;
  };
  const tell = async () => {
    await tables();
    if (stopped) return;
    const asked = sources.all.filter(wasAsked).map(viewOf);
    const heard = JSON.stringify(await feeds());
    await sql`
      insert into sources.view (process, sources, feeds) values (${me}, ${JSON.stringify(asked)}::jsonb, ${heard}::jsonb)
      on conflict (process) do update
      set sources = excluded.sources, feeds = excluded.feeds, told_at = now()`.execute(db);
    await sql`delete from sources.view where told_at < now() - ${FORGOTTEN_AFTER_SECONDS} * interval '1 second'`.execute(
      db,
    );
  };
  const tellQuietly = () => tell().catch((error) => log.debug({ err: error }, 'nobody was told of the systems'));
  const timer = setInterval(() => void tellQuietly(), TELL_EVERY_MS).unref();

  return {
    async all() {
      await tell();
      const { rows } = await sql<{ sources: unknown; feeds: unknown }>`
        select sources, feeds from sources.view where told_at > now() - ${HEARD_WITHIN_SECONDS} * interval '1 second'`.execute(
        db,
      );
      // Written by a process of this hub; one of another version may say what is not understood here, and is left out.
      return {
        sources: rows.flatMap((row) => z.array(SourceView).safeParse(row.sources).data ?? []),
        feeds: rows.flatMap((row) => z.array(FeedView).safeParse(row.feeds).data ?? []),
      };
    },
    alsoTell(read) {
      feeds = read;
    },
    async close() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      await sql`delete from sources.view where process = ${me}`.execute(db).catch(() => undefined); // else it ages
    },
  };
}

/** A capability that was never used says nothing. */
const wasUsed = ({ lastOkAt, lastError }: Source['capabilities'][number]): boolean =>
  lastOkAt !== null || lastError !== null;
const wasAsked = ({ capabilities }: Source): boolean => capabilities.some(wasUsed);

const viewOf = (source: Source): SourceView => ({
  system: source.system,
  instance: source.instance,
  breaker: source.breaker.state,
  pausedMs: source.pausedMs(),
  inFlight: source.places.taken,
  waiting: source.places.waiting,
  quota: source.quota === null ? null : { ...source.quota.rate, left: source.quota.left },
  capabilities: source.capabilities.filter(wasUsed).map(({ name, breaker, lastOkAt, lastError }) => ({
    name,
    breaker: breaker.state,
    lastOkAt,
    lastError,
  })),
});
