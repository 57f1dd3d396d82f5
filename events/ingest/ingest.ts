import { type Kysely, sql } from 'kysely';
import type { RecordCache } from '../../platform/cache/record-cache.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { HubError } from '../../platform/errors.ts';
import type { ChangeFeed } from '../../platform/feeds/change-feed.ts';
import type { Logger } from '../../platform/log.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../platform/outbox/tables.ts';
import type { SignedWebhook, WebhookSource } from '../../platform/webhooks/webhook-source.ts';
import type { LinkedSystem } from '../../subgraphs/identity/model.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import { isEventName, mayTell } from '../catalogue.ts';
import { applyDue } from './apply.ts';
import { changeFigures } from './feeds/figures.ts';
import { pollFeed } from './feeds/poll-feed.ts';
import { type DeclaredSource, type SourceHealth, sourceHealth } from './feeds/source-health.ts';
import { watchGaps } from './feeds/watch-gaps.ts';
import { createReceiver, type IngestCounts, type Receipt } from './receive.ts';
import { INGEST_SCHEMA, type IngestTables, ingestMigrations } from './tables.ts';

export interface Ingest {
  receive(source: string, webhook: SignedWebhook): Promise<Receipt>;
  readonly counts: Readonly<IngestCounts>;
  /** How each source stands: what came last, what waits, what may be missing. */
  health(): Promise<readonly SourceHealth[]>;
  /** The same as figures, in the text format of Prometheus, as it was some seconds ago. */
  figures(): string;
  /** Lets what is being applied end; the rest waits in the inbox. */
  close(): Promise<void>;
}

export interface IngestOptions {
  /** Closed by the caller, after this. */
  readonly db: Db;
  readonly sources: readonly WebhookSource[];
  /** Closed with the ingest. Default: nobody is polled. */
  readonly feeds?: readonly PolledFeed[];
  /** A source that told nothing for so long has a gap. Default: a day. */
  readonly silentAfterMs?: number;
  readonly cache: RecordCache | null;
  readonly identity: Pick<IdentityPort, 'byExternalId'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface PolledFeed {
  readonly feed: ChangeFeed;
  readonly everySeconds: number;
}

const DAY_MS = 86_400_000;
/** How often the inbox is looked at when nothing wakes it: what another process received, and what is due again. */
const LOOK_EVERY_MS = 1_000;

/**
 * Receives the vendors' webhooks, asks for changes those that send none or may have lost some, and applies what is told.
 * Several processes may do so on one database.
 */
export async function openIngest(ingest: IngestOptions): Promise<Ingest> {
  const { db: pool, sources, feeds = [], silentAfterMs = DAY_MS, cache, identity, clock, log } = ingest;
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
  await migrate(pool, INGEST_SCHEMA, ingestMigrations);
  const db = pool.withTables<IngestTables & OutboxTables>();
  const told = [...sources, ...feeds.map(({ feed }) => feed)];
  const unknown = told.flatMap(({ tells }) => tells).filter((name) => !isEventName(name));
  if (unknown.length > 0) throw new Error(`events/catalogue.ts knows no ${unknown.join(', ')}`);
  for (const { name: source, system, tells } of told) {
    const foreign = tells.filter((name) => isEventName(name) && !mayTell(system, name));
    if (foreign.length > 0) throw new Error(`${source} speaks for ${system}, which does not own ${foreign.join(', ')}`);
  }
  const systems = new Map(told.map(({ name, system }) => [name, system]));
  const stop = new AbortController();
  let wake = () => {};

  const options = {
    db,
    cache,
    clock,
    log,
    systems,
    read: (name: string, body: string) => {
      const source = sources.find((one) => one.name === name);
      if (source === undefined) throw new HubError('INVALID', `webhooks of ${name} are not taken any more`);
      return source.read(Buffer.from(body));
    },
    hubIdOf: async (system: string, externalId: string) => {
      const call = { correlationId: `ingest:${externalId}`, signal: AbortSignal.timeout(10_000) };
      // a source names the domain that it belongs to, and the register links every domain
      const [customer] = await identity.byExternalId([{ system: system as LinkedSystem, externalId }], call);
      return customer?.id ?? null;
    },
  };

  const applying = (async () => {
    while (!stop.signal.aborted) {
      const tried = await applyDue(options).catch((error) => {
        log.warn({ err: error }, 'the inbox cannot be read');
        return 0;
      });
      if (tried > 0 || stop.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();

  const { receive, counts } = createReceiver({ db, sources, clock, log, wake: () => wake() });
  const startedAt = await databaseNow(db);
  const declared = declare(sources, feeds, silentAfterMs);
  const health = () => sourceHealth(db, declared, startedAt);
  const watch = watchGaps(health, log);
  const polls = feeds.map((polled) => {
    const besideWebhooks = sources.some(({ name }) => name === polled.feed.name);
    return pollFeed({ ...polled, besideWebhooks, db, clock, log, wake: () => wake() });
  });
  return {
    receive,
    counts,
    health,
    figures: () => changeFigures(watch.last(), clock.now()),
    close: async () => {
      await Promise.all([watch, ...polls].map((one) => one.close()));
      stop.abort();
      wake();
      await applying;
    },
  };
}

function declare(
  sources: readonly WebhookSource[],
  feeds: readonly PolledFeed[],
  silentAfterMs: number,
): readonly DeclaredSource[] {
  const names = [...new Set([...sources.map(({ name }) => name), ...feeds.map(({ feed }) => feed.name)])];
  return names.flatMap((name) => {
    const polled = feeds.find(({ feed }) => feed.name === name);
    const webhooks = sources.find((source) => source.name === name);
    const system = polled?.feed.system ?? webhooks?.system;
    if (system === undefined) return [];
    const everySeconds = polled?.everySeconds ?? null;
    return [{ name, system, webhooks: webhooks !== undefined, everySeconds, silentAfterMs }];
  });
}

async function databaseNow(db: Kysely<IngestTables>): Promise<number> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db);
  return rows[0]?.now.getTime() ?? 0;
}
