import { z } from 'zod';
import { missing } from '../errors.ts';
import { toSchedule } from '../objects/schedule.ts';
import { newestFirst, pageOf } from '../page.ts';
import { boolean, expand, integer, list, metadata, paging, text } from '../params.ts';
import { createSchedule, releaseSchedule, updateSchedule } from '../schedules.ts';
import type { RouteContext } from '../vendor.ts';

const phase = z.strictObject({
  start_date: integer,
  end_date: integer,
  items: list(z.strictObject({ price: text, quantity: integer.optional() }), 20),
  proration_behavior: z.enum(['create_prorations', 'always_invoice', 'none']).optional(),
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  invoice_settings: z.strictObject({ days_until_due: integer.optional() }).optional(),
  metadata,
});

/** https://docs.stripe.com/api/subscription_schedules */
export function scheduleRoutes({ serve, store, catalog, act }: RouteContext): void {
  const known = (id: string) => {
    const found = store().schedule(id);
    if (!found) throw missing('subscription_schedule', id, 'schedule');
    return found;
  };

  serve({
    method: 'POST',
    url: '/v1/subscription_schedules',
    params: z.strictObject({ from_subscription: text, expand }),
    answer({ params, idempotencyKey }) {
      const found = store().subscription(params.from_subscription);
      if (!found) throw missing('subscription', params.from_subscription, 'from_subscription');
      return toSchedule(createSchedule(found.account, found.subscription, act(idempotencyKey)), catalog);
    },
  });

  // https://docs.stripe.com/api/subscription_schedules/list
  serve({
    method: 'GET',
    url: '/v1/subscription_schedules',
    params: z.strictObject({ ...paging, customer: text.optional() }),
    answer({ params }) {
      const { customer } = params;
      const account = customer === undefined ? null : store().account(customer);
      if (account === undefined) throw missing('customer', customer ?? '', 'customer');
      const accounts = account === null ? [...store().changedAccounts()] : [account];
      const found = newestFirst(accounts.flatMap(({ schedules }) => schedules));
      return pageOf('/v1/subscription_schedules', 'subscription_schedule', found, params, (one) =>
        toSchedule(one, catalog),
      );
    },
  });

  serve({
    method: 'GET',
    url: '/v1/subscription_schedules/:id',
    params: z.strictObject({ expand }),
    answer: ({ id }) => toSchedule(known(id).schedule, catalog),
  });

  serve({
    method: 'POST',
    url: '/v1/subscription_schedules/:id',
    params: z.strictObject({
      phases: list(phase, 50).optional(),
      end_behavior: z.enum(['cancel', 'release']).optional(),
      proration_behavior: z.enum(['create_prorations', 'always_invoice', 'none']).optional(),
      metadata,
      expand,
    }),
    answer({ id, params, idempotencyKey }) {
      const { account, schedule } = known(id);
      const phases = params.phases?.map((one) => ({
        start: one.start_date,
        end: one.end_date,
        items: one.items.map(({ price, quantity }) => ({ priceId: price, quantity: quantity ?? null })),
        metadata: one.metadata ?? {},
        collectionMethod: one.collection_method ?? null,
        daysUntilDue: one.invoice_settings?.days_until_due ?? null,
      }));
      const update = { phases, endBehavior: params.end_behavior, metadata: params.metadata };
      updateSchedule(account, schedule, update, act(idempotencyKey));
      return toSchedule(schedule, catalog);
    },
  });

  serve({
    method: 'POST',
    url: '/v1/subscription_schedules/:id/release',
    params: z.strictObject({ preserve_cancel_date: boolean.optional(), expand }),
    answer({ id, idempotencyKey }) {
      const { account, schedule } = known(id);
      releaseSchedule(account, schedule, act(idempotencyKey));
      return toSchedule(schedule, catalog);
    },
  });
}
