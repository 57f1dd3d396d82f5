import { z } from 'zod';
import { cancelSubscription, openSubscription, updateSubscription } from '../acts.ts';
import type { Catalog } from '../catalog.ts';
import { missing, refused } from '../errors.ts';
import { priceOf, tiersOf } from '../objects/catalog.ts';
import { toSubscription } from '../objects/subscription.ts';
import type { Subscription } from '../objects/wire.ts';
import { newestFirst, pageOf } from '../page.ts';
import { boolean, expand, integer, list, metadata, paging, text } from '../params.ts';
import type { Account, SubscriptionRecord } from '../records.ts';
import type { RouteContext } from '../vendor.ts';

const STATUSES = [
  'active',
  'all',
  'canceled',
  'ended',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
] as const;

export const item = z.strictObject({
  id: text.optional(),
  price: text.optional(),
  quantity: integer.optional(),
  deleted: boolean.optional(),
  metadata,
});
export const items = list(item, 20).optional();
export const prorationBehavior = z.enum(['create_prorations', 'always_invoice', 'none']).default('create_prorations');

const cancellationDetails = z
  .strictObject({ comment: z.string().optional(), feedback: z.string().optional() })
  .optional();

/** https://docs.stripe.com/api/subscriptions */
export function subscriptionRoutes({ serve, store, catalog, act, now }: RouteContext): void {
  const known = (id: string) => {
    const found = store().subscription(id);
    if (!found) throw missing('subscription', id);
    return found;
  };
  const wire = (held: SubscriptionRecord, account: Account) => toSubscription(held, account, catalog, now());

  serve({
    method: 'GET',
    url: '/v1/subscriptions',
    params: z.strictObject({
      ...paging,
      customer: text.optional(),
      status: z.enum(STATUSES).optional(),
      price: text.optional(),
    }),
    answer({ params }) {
      if (params.customer === undefined)
        throw refused('The sandbox lists subscriptions of one customer.', undefined, 'customer');
      const account = store().account(params.customer);
      if (!account) throw missing('customer', params.customer, 'customer');
      const held = newestFirst(account.subscriptions).filter((one) => isListed(one, params.status));
      return pageOf('/v1/subscriptions', 'subscription', held, params, (one) => wire(one, account));
    },
  });

  serve({
    method: 'GET',
    url: '/v1/subscriptions/:id',
    params: z.strictObject({ expand }),
    answer({ id, params }) {
      const { account, subscription } = known(id);
      const tiered = params.expand?.includes('items.data.price.tiers') === true;
      const answer = wire(subscription, account);
      return tiered ? withTiers(answer, catalog) : answer;
    },
  });

  serve({
    method: 'POST',
    url: '/v1/subscriptions',
    params: z.strictObject({
      customer: text,
      items: list(item, 20),
      metadata,
      collection_method: z.enum(['charge_automatically', 'send_invoice']).default('charge_automatically'),
      days_until_due: integer.optional(),
      payment_behavior: z
        .enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'])
        .optional(),
      currency: text.optional(),
      expand,
    }),
    answer({ params, idempotencyKey }) {
      const account = store().account(params.customer);
      if (!account) throw missing('customer', params.customer, 'customer');
      if (params.collection_method === 'send_invoice' && params.days_until_due === undefined) {
        throw refused(
          'If collection_method is set to `send_invoice`, `days_until_due` is required.',
          'parameter_missing',
          'days_until_due',
        );
      }
      return wire(
        openSubscription(
          account,
          {
            items: params.items,
            metadata: params.metadata ?? {},
            collectionMethod: params.collection_method,
            daysUntilDue: params.days_until_due ?? null,
          },
          act(idempotencyKey),
        ),
        account,
      );
    },
  });

  serve({
    method: 'POST',
    url: '/v1/subscriptions/:id',
    params: z.strictObject({
      items,
      metadata,
      proration_behavior: prorationBehavior,
      proration_date: integer.optional(),
      cancel_at_period_end: boolean.optional(),
      days_until_due: integer.optional(),
      cancellation_details: cancellationDetails,
      expand,
    }),
    answer({ id, params, idempotencyKey }) {
      const { account, subscription } = known(id);
      updateSubscription(
        account,
        subscription,
        {
          items: params.items,
          metadata: params.metadata,
          prorationBehavior: params.proration_behavior,
          prorationDate: params.proration_date,
          cancelAtPeriodEnd: params.cancel_at_period_end,
          cancellationComment: params.cancellation_details?.comment,
          daysUntilDue: params.days_until_due,
        },
        act(idempotencyKey),
      );
      return wire(subscription, account);
    },
  });

  serve({
    method: 'DELETE',
    url: '/v1/subscriptions/:id',
    params: z.strictObject({
      prorate: boolean.default(false),
      invoice_now: boolean.default(false),
      cancellation_details: cancellationDetails,
      expand,
    }),
    answer({ id, params, idempotencyKey }) {
      const { account, subscription } = known(id);
      if (subscription.status === 'canceled') throw missing('subscription', id);
      cancelSubscription(
        account,
        subscription,
        {
          prorate: params.prorate,
          invoiceNow: params.invoice_now,
          comment: params.cancellation_details?.comment ?? null,
        },
        act(idempotencyKey),
      );
      return wire(subscription, account);
    },
  });
}

/** Without a status, those that have not ended. */
function isListed(held: SubscriptionRecord, status: (typeof STATUSES)[number] | undefined): boolean {
  if (status === undefined) return held.status !== 'canceled';
  if (status === 'all') return true;
  return held.status === (status === 'ended' ? 'canceled' : status);
}

/** Tiers are told only to who expands them: https://docs.stripe.com/api/prices/object#price_object-tiers */
const withTiers = (subscription: Subscription, catalog: Catalog): object => ({
  ...subscription,
  items: {
    ...subscription.items,
    data: subscription.items.data.map((one) => ({
      ...one,
      price: { ...one.price, tiers: tiersOf(priceOf(catalog, one.price.id)) },
    })),
  },
});
