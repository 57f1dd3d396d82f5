import { z } from 'zod';
import { missing, refused } from '../errors.ts';
import { toAdjustment, toMeter, toMeterEvent, toSummary } from '../objects/meter.ts';
import { listOf } from '../objects/wire.ts';
import { pageOf } from '../page.ts';
import { expand, integer, paging, text } from '../params.ts';
import { cancelUsage, recordUsage, usedIn } from '../usage.ts';
import type { RouteContext } from '../vendor.ts';

/** Identifiers of meter events: https://docs.stripe.com/api/billing/meter-event/create */
const identifier = text.max(100);
/** A window of a day or an hour is not played: one summary covers the whole time. */
const MINUTE = 60;

/** https://docs.stripe.com/api/billing/meter, meter-event, meter-event-adjustment and meter-event-summary */
export function meterRoutes({ serve, store, catalog, act, now }: RouteContext): void {
  const known = (id: string) => {
    const meter = catalog.meters.find((one) => one.id === id);
    if (!meter) throw missing('billing meter', id);
    return meter;
  };

  serve({
    method: 'GET',
    url: '/v1/billing/meters',
    params: z.strictObject({ ...paging, status: z.enum(['active', 'inactive']).optional() }),
    answer({ params }) {
      const found = params.status === 'inactive' ? [] : catalog.meters;
      return pageOf('/v1/billing/meters', 'billing meter', found, params, toMeter);
    },
  });

  serve({
    method: 'GET',
    url: '/v1/billing/meters/:id',
    params: z.strictObject({ expand }),
    answer: ({ id }) => toMeter(known(id)),
  });

  serve({
    method: 'GET',
    url: '/v1/billing/meters/:id/event_summaries',
    params: z.strictObject({ ...paging, customer: text, start_time: integer, end_time: integer }),
    answer({ id, params }) {
      const meter = known(id);
      const account = store().account(params.customer);
      if (!account) throw missing('customer', params.customer, 'customer');
      for (const param of ['start_time', 'end_time'] as const) {
        if (params[param] % MINUTE !== 0) {
          throw refused(`${param} must be aligned with minute boundaries.`, undefined, param);
        }
      }
      const period = { start: params.start_time, end: params.end_time };
      if (period.end <= period.start) throw refused('end_time must be after start_time.', undefined, 'end_time');
      const data = [toSummary(meter, { ...period, value: usedIn(account, meter, period) })];
      return listOf(`/v1/billing/meters/${id}/event_summaries`, data);
    },
  });

  serve({
    method: 'POST',
    url: '/v1/billing/meter_events',
    params: z.strictObject({
      event_name: text,
      payload: z.object({ stripe_customer_id: text, value: text }),
      identifier: identifier.optional(),
      timestamp: integer.optional(),
      expand,
    }),
    answer({ params, idempotencyKey }) {
      const { stripe_customer_id: customer, value } = params.payload;
      const used = recordUsage(
        {
          eventName: params.event_name,
          customer,
          value,
          identifier: params.identifier ?? store().counter.next('evt_'),
          timestamp: params.timestamp ?? now(),
        },
        act(idempotencyKey),
      );
      return toMeterEvent(used, customer);
    },
  });

  serve({
    method: 'POST',
    url: '/v1/billing/meter_event_adjustments',
    params: z.strictObject({
      event_name: text,
      type: z.literal('cancel'),
      cancel: z.strictObject({ identifier }),
      expand,
    }),
    answer: ({ params, idempotencyKey }) =>
      toAdjustment(cancelUsage(params.event_name, params.cancel.identifier, act(idempotencyKey))),
  });
}
