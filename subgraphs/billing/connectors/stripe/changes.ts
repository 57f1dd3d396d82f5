import type Stripe from 'stripe';
import { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import type { Clock } from '../../../../platform/clock.ts';
import type { ChangeFeed } from '../../../../platform/feeds/change-feed.ts';
import { OVERLAP_MS } from '../../../../platform/feeds/place.ts';
import { createClient } from './client.ts';
import type { StripeConfig } from './config.ts';
import { readStripeEvent, type StripeEvent } from './webhook.ts';
import { inbound, TELLS } from './webhook-source.ts';

const PAGE = 100;
/** Of events that are found from a time on and not behind an event: they come newest first and are told together. */
const MOST_AT_ONCE = 10_000;

const CursorShape = z.object({
  /** The newest event of which surely no older one will still appear; null: none yet. */
  after: z.string().nullable(),
  /** Seconds: where to begin where that event is not listed any more, or there is none. */
  since: z.number().int().nonnegative(),
});
type StripeCursor = z.infer<typeof CursorShape>;

/**
 * The events of Stripe's last 30 days (https://docs.stripe.com/api/events/list), so that those are found whose webhook did not
 * come. Each has the id that its webhook has: the inbox takes it once.
 */
export function stripeFeed(config: StripeConfig, clock: Clock): ChangeFeed {
  const client = createClient({ ...config, concurrency: 1 });
  const list = (params: Stripe.EventListParams, call: Call) =>
    client.readOrNull(call, (sdk) => sdk.events.list({ limit: PAGE, ...params }));

  /** The page just behind an event, oldest first; null: Stripe does not list that event any more. */
  async function behind(after: string, call: Call) {
    const page = await list({ ending_before: after }, call);
    return page && { events: page.data.map(readStripeEvent).reverse(), more: page.has_more };
  }

  async function since(seconds: number, call: Call) {
    const events: StripeEvent[] = [];
    for (let last: string | undefined; ; last = events.at(-1)?.id) {
      const page = await list(
        { created: { gte: seconds }, ...(last === undefined ? {} : { starting_after: last }) },
        call,
      );
      events.push(...(page?.data ?? []).map(readStripeEvent));
      if (!page?.has_more || events.length >= MOST_AT_ONCE) return { events: events.reverse(), more: false };
    }
  }

  return {
    name: 'stripe',
    system: 'BILLING',
    tells: TELLS,
    async read(from, call) {
      const settled = clock.now() - OVERLAP_MS;
      const cursor: StripeCursor =
        from === null ? { after: null, since: Math.floor(settled / 1_000) } : CursorShape.parse(from);
      const { events, more } =
        (cursor.after === null ? null : await behind(cursor.after, call)) ?? (await since(cursor.since, call));
      // Goes on behind the last event that is old enough; of a full page behind its end.
      const last = events.findLast(({ createdAt }) => more || Date.parse(createdAt) < settled);
      const next: StripeCursor =
        last === undefined ? cursor : { after: last.id, since: Math.floor(Date.parse(last.createdAt) / 1_000) };
      return { changes: events.map(inbound), cursor: next, more };
    },
    close: () => client.close(),
  };
}
