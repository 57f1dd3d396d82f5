import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type Clock, instant } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { SignedWebhook, WebhookSource } from '../../platform/webhooks/webhook-source.ts';
import { parkingOf } from '../parked/parking.ts';
import { keep, park } from './inbox.ts';
import type { IngestTables } from './tables.ts';

/** What the sender is told. 401: it is not from whom it says. 503: send it again later, nothing was kept. */
export type Receipt = { readonly status: 202 | 401 | 404 | 503 };

/** How often each thing happened since the start. */
export interface IngestCounts {
  received: number;
  /** Of those received: known already. */
  duplicates: number;
  forged: number;
  unreadable: number;
  /** Turned away because too many waited, or the database was away. */
  refused: number;
}

/** Most webhooks that wait for the database at once; the sender of one more comes again later. */
const MOST_WAITING = 2_000;
/** Most that are kept by one statement. */
const AT_ONCE = 200;

/**
 * Receives webhooks: proved over the raw body, kept in the inbox before they are acknowledged, and nothing else is done with
 * them here. Those that come while a statement runs are kept together by the next one.
 */
export function createReceiver(options: {
  readonly db: Kysely<IngestTables>;
  readonly sources: readonly WebhookSource[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when there is something new to apply. */
  readonly wake: () => void;
}): { receive(name: string, webhook: SignedWebhook): Promise<Receipt>; readonly counts: Readonly<IngestCounts> } {
  const { db, clock, log, wake } = options;
  const sources = new Map(options.sources.map((source) => [source.name, source]));
  const counts: IngestCounts = { received: 0, duplicates: 0, forged: 0, unreadable: 0, refused: 0 };
  type Entry = { event: Parameters<typeof keep>[1][number]; done: (kept: boolean) => void };
  let waiting: Entry[] = [];
  let keeping = false;

  async function keepWaiting(): Promise<void> {
    if (keeping) return;
    keeping = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, AT_ONCE);
      waiting = waiting.slice(AT_ONCE);
      let kept = true;
      try {
        counts.duplicates +=
          batch.length -
          (await keep(
            db,
            batch.map(({ event }) => event),
          ));
        wake();
      } catch (error) {
        kept = false;
        log.warn({ err: error, events: batch.length }, 'webhooks could not be kept; their senders come again');
      }
      for (const { done } of batch) done(kept);
    }
    keeping = false;
  }

  return {
    counts,
    async receive(name, webhook) {
      const source = sources.get(name);
      if (source === undefined) return { status: 404 };
      if (!source.isGenuine(webhook)) {
        counts.forged += 1;
        return { status: 401 };
      }
      if (waiting.length >= MOST_WAITING) {
        counts.refused += 1;
        return { status: 503 };
      }
      try {
        const inbound = source.read(webhook.rawBody);
        const kept = await new Promise<boolean>((done) => {
          waiting.push({ event: { source: name, inbound }, done });
          void keepWaiting();
        });
        counts[kept ? 'received' : 'refused'] += 1;
        return { status: kept ? 202 : 503 };
      } catch (error) {
        return unreadable(source, webhook, error);
      }
    },
  };

  async function unreadable(
    { name: source, system }: WebhookSource,
    { rawBody }: SignedWebhook,
    error: unknown,
  ): Promise<Receipt> {
    const eventId = createHash('sha256').update(rawBody).digest('hex');
    try {
      const parking = parkingOf(error, { at: instant(clock), system });
      await park(db, { source, eventId, body: rawBody.toString('utf8'), parking });
      counts.unreadable += 1;
      log.warn({ source, eventId, err: error }, 'a signed webhook cannot be read; it is parked');
      return { status: 202 };
    } catch (cause) {
      counts.refused += 1;
      log.warn({ err: cause }, 'a webhook could not be kept; its sender comes again');
      return { status: 503 };
    }
  }
}
