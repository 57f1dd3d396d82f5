import type Stripe from 'stripe';
import type { Catalog } from '../catalog.ts';
import type { PhaseRecord, ScheduleRecord } from '../records.ts';
import { priceOf } from './catalog.ts';

/** https://docs.stripe.com/api/subscription_schedules/object */
export function toSchedule(held: ScheduleRecord, catalog: Catalog): Stripe.SubscriptionSchedule {
  const [running] = held.phases;
  const active = held.status === 'active';
  return {
    id: held.id,
    object: 'subscription_schedule',
    application: null,
    billing_mode: { flexible: null, type: 'classic' },
    canceled_at: held.canceledAt,
    completed_at: null,
    created: held.created,
    current_phase: active && running ? { start_date: running.start, end_date: running.end } : null,
    customer: held.customerId,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      automatic_tax: { disabled_reason: null, enabled: false, liability: null },
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: 'charge_automatically',
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: held.endBehavior,
    livemode: false,
    metadata: held.metadata,
    pause_schedules: [],
    phases: held.phases.map((phase) => toPhase(phase, catalog)),
    released_at: held.releasedAt,
    released_subscription: held.status === 'released' ? held.subscriptionId : null,
    status: held.status,
    subscription: active ? held.subscriptionId : null,
    test_clock: null,
  };
}

function toPhase(phase: PhaseRecord, catalog: Catalog): Stripe.SubscriptionSchedule.Phase {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: phase.collectionMethod,
    currency: priceOf(catalog, phase.items[0]?.priceId ?? '').currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: phase.end,
    invoice_settings: null,
    items: phase.items.map(({ priceId, quantity }) => ({
      billing_thresholds: null,
      discounts: [],
      metadata: {},
      plan: priceId,
      price: priceId,
      ...(quantity === null ? {} : { quantity }),
      tax_rates: [],
    })),
    metadata: phase.metadata,
    on_behalf_of: null,
    proration_behavior: 'none',
    start_date: phase.start,
    transfer_data: null,
    trial_end: null,
  };
}
