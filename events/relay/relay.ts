import { type Kysely, sql } from 'kysely';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { every } from '../../platform/every.ts';
import type { Logger } from '../../platform/log.ts';
import { readOutbox } from '../../platform/outbox/outbox.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../platform/outbox/tables.ts';
import type { EventStream } from './event-stream.ts';
import { RELAY_SCHEMA, type RelayTables, relayMigrations } from './tables.ts';

export interface RelayOptions {
  /** Closed by the caller, after this. */
  readonly db: Db;
  readonly streams: readonly EventStream[];
  /** Names this process in the leases. */
  readonly process: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 250;
const AT_ONCE = 200;
/** Longer than a batch can take. */
const LEASE_MS = 30_000;

export async function migrateRelay(db: Db): Promise<void> {
  await migrate(db, OUTBOX_SCHEMA, outboxMigrations);
  await migrate(db, RELAY_SCHEMA, relayMigrations);
}

/**
 * Tells each stream every event, in the order in which they were recorded, beginning with the oldest that is kept. What was
 * added and could not be noted is added again, with the same id. Several processes may do so on one database.
 */
export async function openRelay(options: RelayOptions): Promise<{ close(): Promise<void> }> {
  const { db, streams, log } = options;
  if (streams.length === 0) return { close: async () => {} };
  await migrateRelay(db);
  const failing = new Set<string>();
  const loops = streams.map((stream) =>
    every(LOOK_EVERY_MS, async () => {
      try {
        while ((await relayOnce(stream, options)) > 0);
        if (failing.delete(stream.name)) log.info({ stream: stream.name }, 'a stream takes events again');
      } catch (error) {
        if (!failing.has(stream.name))
          log.warn({ err: error, stream: stream.name }, 'a stream takes no events; it is tried again');
        failing.add(stream.name);
      }
    }),
  );
  return {
    async close() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all(streams.map((stream) => stream.close()));
    },
  };
}

/** Adds the next events to a stream. Answers how many; 0 also where another process is at it. @throws what the stream throws */
export async function relayOnce(
  stream: EventStream,
  { db: pool, process, clock }: Pick<RelayOptions, 'db' | 'process' | 'clock'>,
): Promise<number> {
  const db = pool.withTables<OutboxTables & RelayTables>();
  const taken = await takeStream(db, stream.name, { process, now: clock.now() });
  if (taken === null) return 0;
  let position: string | null = null;
  try {
    const events = await readOutbox(db, { after: taken.position, first: AT_ONCE });
    if (events.length > 0) await stream.add(events);
    position = events.at(-1)?.position ?? null;
    return events.length;
  } finally {
    await sql`
      update relay.stream set position = greatest(position, coalesce(${position}::bigint, 0)), leased_until = null, leased_by = null
      where name = ${stream.name} and lease = ${taken.lease}::bigint`.execute(db);
  }
}

async function takeStream(
  db: Kysely<OutboxTables & RelayTables>,
  name: string,
  { process, now }: { readonly process: string; readonly now: number },
): Promise<{ readonly position: string; readonly lease: string } | null> {
  const until = new Date(now + LEASE_MS);
  const { rows } = await sql<{ position: string; lease: string }>`
    insert into relay.stream as mine (name, lease, leased_by, leased_until) values (${name}, 1, ${process}, ${until})
    on conflict (name) do update set lease = mine.lease + 1, leased_by = ${process}, leased_until = ${until}
      where mine.leased_until is null or mine.leased_until <= ${new Date(now)}
    returning position::text, lease::text`.execute(db);
  return rows[0] ?? null;
}
