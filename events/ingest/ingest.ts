import type { RecordCache } from '../../platform/cache/record-cache.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import type { Logger } from '../../platform/log.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../platform/outbox/tables.ts';
import type { SignedWebhook, WebhookSource } from '../../platform/webhooks/webhook-source.ts';
import type { LinkedSystem } from '../../subgraphs/identity/model.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import { isEventName } from '../catalogue.ts';
import { applyDue } from './apply.ts';
import { createReceiver, type IngestCounts, type Receipt } from './receive.ts';
import { INGEST_SCHEMA, type IngestTables, ingestMigrations } from './tables.ts';

export interface Ingest {
  receive(source: string, webhook: SignedWebhook): Promise<Receipt>;
  readonly counts: Readonly<IngestCounts>;
  /** Lets what is being applied end; the rest waits in the inbox. */
  close(): Promise<void>;
}

export interface IngestOptions {
  /** Closed by the caller, after this. */
  readonly db: Db;
  readonly sources: readonly WebhookSource[];
  readonly cache: RecordCache | null;
  readonly identity: Pick<IdentityPort, 'byExternalId'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often the inbox is looked at when nothing wakes it: what another process received, and what is due again. */
const LOOK_EVERY_MS = 1_000;

/** Receives the vendors' webhooks and applies them. Several processes may do so on one database. */
export async function openIngest({ db: pool, sources, cache, identity, clock, log }: IngestOptions): Promise<Ingest> {
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
  await migrate(pool, INGEST_SCHEMA, ingestMigrations);
  const db = pool.withTables<IngestTables & OutboxTables>();
  const unknown = sources.flatMap(({ tells }) => tells).filter((name) => !isEventName(name));
  if (unknown.length > 0) throw new Error(`events/catalogue.ts knows no ${unknown.join(', ')}`);
  const systems = new Map(sources.map(({ name, system }) => [name, system]));
  const stop = new AbortController();
  let wake = () => {};

  const options = {
    db,
    cache,
    clock,
    log,
    systemOf: (source: string) => {
      const system = systems.get(source);
      if (system === undefined) throw new Error(`webhooks of ${source} are not set up any more`);
      return system;
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

  const { receive, counts } = createReceiver({ db, sources, log, wake: () => wake() });
  return {
    receive,
    counts,
    close: async () => {
      stop.abort();
      wake();
      await applying;
    },
  };
}
