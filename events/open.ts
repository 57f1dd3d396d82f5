import type { RecordCache } from '../platform/cache/record-cache.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/config.ts';
import { createDb, type Db } from '../platform/db/db.ts';
import type { KeyStore } from '../platform/keys/key-store.ts';
import type { Logger } from '../platform/log.ts';
import type { Ownership } from '../platform/ownership/ownership.ts';
import type { Sources } from '../platform/resilience/sources.ts';
import type { SourceViews } from '../platform/resilience/views.ts';
import type { Seal } from '../platform/seal.ts';
import type { BillingPort } from '../subgraphs/billing/port.ts';
import type { IdentityPort } from '../subgraphs/identity/port.ts';
import type { HubActs } from '../subgraphs/process/port.ts';
import { type Delivery, openDelivery } from './deliver/delivery.ts';
import { readFigures } from './deliver/figures.ts';
import { runLanes } from './deliver/run-lanes.ts';
import { type EffectsOptions, openEffects } from './effects/effects.ts';
import { readEffectFigures } from './effects/figures.ts';
import { keepRenewalsDue } from './effects/renewals-due.ts';
import { changeFeeds } from './ingest/feeds/feeds.ts';
import { type Ingest, openIngest } from './ingest/ingest.ts';
import { webhookSources } from './ingest/sources.ts';
import { keepFigures } from './kept-figures.ts';
import { openRelay } from './relay/relay.ts';
import { keepEventsRetention } from './retention.ts';
import type { EventSettings } from './settings.ts';

export interface EventsOptions {
  /** Says how the vendors are reached. */
  readonly env: Environment;
  readonly settings: EventSettings;
  readonly db: Db;
  readonly databaseUrl: string;
  /** The name by which other processes know this one. */
  readonly process: string;
  readonly ports: EffectsOptions['ports'] & { readonly billing: BillingPort; readonly identity: IdentityPort };
  readonly acts: HubActs;
  readonly ownership: Ownership;
  readonly cache: RecordCache;
  readonly keys: KeyStore;
  readonly seal: Seal;
  /** The systems as this process knows them: feeds ask them beside everybody else. */
  readonly sources: Sources;
  /** Learns how well the vendors' changes are heard. */
  readonly views: SourceViews;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Events {
  readonly ingest: Ingest;
  readonly delivery: Delivery;
  /** For `/metrics`. */
  figures(): string;
}

/** Connections that sending may hold at once, of a pool of its own: nobody else waits while many lanes are due. */
const OUTGOING_CONNECTIONS = 4;

/** Events in, what they do, and out again. Several processes may do so on one database. All is closed by `opened`. */
export async function openEvents(options: EventsOptions, opened: AsyncDisposableStack): Promise<Events> {
  const { env, settings, db, ports, cache, views, clock, log } = options;
  const kept = <Closed extends { close(): Promise<void> | void }>(part: Closed): Closed => {
    opened.defer(() => part.close());
    return part;
  };

  const { polls, rules, sweepHours, deliver, streams } = settings;
  const ingest = kept(
    await openIngest({
      ...{ db, cache, identity: ports.identity, clock, log },
      sources: webhookSources(env, clock),
      feeds: changeFeeds(env, polls, options.sources, clock),
      silentAfterMs: polls.silentAfterMs,
    }),
  );
  views.alsoTell(async () => (await ingest.health()).map(({ source, ...heard }) => ({ ...heard, name: source })));
  kept(await openEffects({ db, acts: options.acts, ports, ownership: options.ownership, clock, log }));
  kept(
    await keepRenewalsDue({
      ...{ db, billing: ports.billing, identity: ports.identity, clock, log },
      ...{ windowDays: rules.renewalWindowDays, sweepHours },
    }),
  );

  kept(keepEventsRetention(db, { days: rules.retentionDays, now: () => clock.now(), log }));

  const delivery = kept(await openDelivery({ db, seal: options.seal, settings: deliver, clock }));
  const outgoing = createDb(options.databaseUrl, { max: OUTGOING_CONNECTIONS, log });
  opened.defer(() => outgoing.destroy());
  const about = { db: outgoing, process: options.process, clock, log };
  const { subscriptions, sender } = delivery;
  kept(runLanes({ ...about, subscriptions, sender, keys: options.keys, settings: deliver }));
  kept(await openRelay({ ...about, streams }));
  const figures = kept(keepFigures(async () => (await readEffectFigures(db)) + (await readFigures(db)), log));
  return { ingest, delivery, figures: () => ingest.figures() + figures.text() };
}
