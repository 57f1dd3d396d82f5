import { periodAt } from '../calendar.ts';
import type { Catalog } from '../catalog.ts';
import type { Account, ItemRecord, SubscriptionRecord } from '../records.ts';
import { managing } from '../schedules.ts';
import { priceOf, toPlan, toPrice } from './catalog.ts';
import { listOf, type Subscription, type SubscriptionItem } from './wire.ts';

/** The monthly period that runs now; of one that has ended, the period in which it did. */
export const periodOf = (held: SubscriptionRecord, now: number): { start: number; end: number } =>
  periodAt(held.anchor, held.status === 'canceled' && held.canceledAt !== null ? held.canceledAt : now);

function toItem(item: ItemRecord, held: SubscriptionRecord, catalog: Catalog, now: number): SubscriptionItem {
  const price = priceOf(catalog, item.priceId);
  const period = periodOf(held, now);
  return {
    id: item.id,
    object: 'subscription_item',
    billing_thresholds: null,
    created: item.created,
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: toPlan(price),
    price: toPrice(price),
    ...(price.metered ? {} : { quantity: item.quantity }), // what is metered has none
    subscription: held.id,
    tax_rates: [],
  };
}

/** https://docs.stripe.com/api/subscriptions/object */
export function toSubscription(
  held: SubscriptionRecord,
  account: Account,
  catalog: Catalog,
  now: number,
): Subscription {
  const schedule = managing(account, held);
  return {
    id: held.id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: held.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    // Under a schedule it is where the running phase ends.
    cancel_at: schedule?.phases[0]?.end ?? (held.cancelAtPeriodEnd ? periodOf(held, now).end : null),
    cancel_at_period_end: held.cancelAtPeriodEnd,
    canceled_at: held.canceledAt,
    cancellation_details: {
      comment: held.cancellationComment,
      feedback: null,
      reason: held.canceledAt === null ? null : 'cancellation_requested',
      feedback_option: null,
    },
    collection_method: held.collectionMethod,
    created: held.created,
    currency: held.currency,
    customer: held.customerId,
    customer_account: null,
    days_until_due: held.daysUntilDue,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: held.status === 'canceled' ? held.canceledAt : null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: listOf(
      `/v1/subscription_items?subscription=${held.id}`,
      held.items.map((item) => toItem(item, held, catalog, now)),
    ),
    latest_invoice: held.latestInvoiceId,
    livemode: false,
    managed_payments: null,
    metadata: held.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: schedule?.id ?? null,
    start_date: held.created,
    status: held.status,
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { billing_cycle_anchor: 'unchanged', missing_payment_method: 'create_invoice' } },
    trial_start: null,
  };
}
