import { z } from 'zod';
import { newestFirst, pageOf } from '../page.ts';
import { boolean, integer, list, paging, text } from '../params.ts';
import type { RouteContext } from '../vendor.ts';

const KEPT_SECONDS = 30 * 86_400;

const created = z.union([
  integer,
  z.strictObject({ gt: integer.optional(), gte: integer.optional(), lt: integer.optional(), lte: integer.optional() }),
]);

/** https://docs.stripe.com/api/events/list: the events of the last 30 days, newest first, whoever was told of them. */
export function eventRoutes({ serve, events, now }: RouteContext): void {
  serve({
    method: 'GET',
    url: '/v1/events',
    params: z.strictObject({
      ...paging,
      created: created.optional(),
      type: text.optional(),
      types: list(text, 20).optional(),
      delivery_success: boolean.optional(),
    }),
    answer({ params }) {
      const { created: at, type, types } = params;
      const span = typeof at === 'number' ? { gte: at, lte: at } : { ...at };
      const from = Math.max(now() - KEPT_SECONDS, span.gte ?? 0, (span.gt ?? -1) + 1);
      const to = Math.min(span.lte ?? Number.POSITIVE_INFINITY, (span.lt ?? Number.POSITIVE_INFINITY) - 1);
      const found = events().filter(
        (event) =>
          event.created >= from &&
          event.created <= to &&
          (type === undefined || event.type === type) &&
          (types === undefined || types.includes(event.type)),
      );
      return pageOf('/v1/events', 'event', newestFirst(found), params, ({ body }) => JSON.parse(body));
    },
  });
}
