import type Stripe from 'stripe';
import type { CatalogMeter } from '../catalog.ts';
import type { UsageRecord } from '../records.ts';

const METERS_SINCE = Date.UTC(2024, 0, 1) / 1000;

/** https://docs.stripe.com/api/billing/meter/object */
export const toMeter = ({ id, eventName, name }: CatalogMeter): Stripe.Billing.Meter => ({
  id,
  object: 'billing.meter',
  created: METERS_SINCE,
  customer_mapping: { event_payload_key: 'stripe_customer_id', type: 'by_id' },
  default_aggregation: { formula: 'sum' },
  display_name: name,
  event_name: eventName,
  event_time_window: null,
  livemode: false,
  status: 'active',
  status_transitions: { deactivated_at: null },
  updated: METERS_SINCE,
  value_settings: { event_payload_key: 'value' },
});

/** https://docs.stripe.com/api/billing/meter-event/object */
export const toMeterEvent = (used: UsageRecord, customer: string): Stripe.Billing.MeterEvent => ({
  object: 'billing.meter_event',
  created: used.received,
  event_name: used.eventName,
  identifier: used.identifier,
  livemode: false,
  payload: { stripe_customer_id: customer, value: String(used.value) },
  timestamp: used.timestamp,
});

/** https://docs.stripe.com/api/billing/meter-event-adjustment/object */
export const toAdjustment = ({ eventName, identifier }: UsageRecord): Stripe.Billing.MeterEventAdjustment => ({
  object: 'billing.meter_event_adjustment',
  cancel: { identifier },
  event_name: eventName,
  livemode: false,
  status: 'complete',
  type: 'cancel',
});

/** https://docs.stripe.com/api/billing/meter-event-summary/object */
export const toSummary = (
  meter: CatalogMeter,
  { start, end, value }: { readonly start: number; readonly end: number; readonly value: number },
): Stripe.Billing.MeterEventSummary => ({
  id: `mtrusg_test_${meter.eventName}_${start}`,
  object: 'billing.meter_event_summary',
  aggregated_value: value,
  end_time: end,
  livemode: false,
  meter: meter.id,
  start_time: start,
});
