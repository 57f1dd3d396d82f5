import { z } from 'zod';
import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';

/**
 * What the hub reads of Stripe's objects, API version 2026-10-28.endive (https://docs.stripe.com/api). Anything else in
 * them is let through unread. Since 2025-03-31 (basil) the period is on subscription items, no longer on the
 * subscription, and a line's subscription under `parent`.
 */
const seconds = z.number().int().nonnegative();
const minor = z.number().int();
const currency = z.string().regex(/^[a-z]{3}$/);
const metadata = z.record(z.string(), z.string());
/** An id, or the object where it was expanded. */
const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

export const WireCustomer = z.object({
  id: z.string(),
  deleted: z.literal(true).optional(),
  name: z.string().nullish(),
  email: z.string().nullish(),
  currency: currency.nullish(),
  metadata: metadata.optional(),
});
export type WireCustomer = z.infer<typeof WireCustomer>;

export const WirePrice = z.object({
  id: z.string(),
  active: z.boolean(),
  currency,
  lookup_key: z.string().nullable(),
  metadata,
  recurring: z.object({ interval: z.enum(['month', 'year']), interval_count: z.number().int().min(1) }),
  /** null for tiers and for fractions of the smallest unit; the hub bills neither. */
  unit_amount: minor,
});
export type WirePrice = z.infer<typeof WirePrice>;

/** A price that is charged by use: https://docs.stripe.com/api/prices/object#price_object-recurring-meter */
export const WireMeteredPrice = WirePrice.omit({ unit_amount: true, recurring: true }).extend({
  recurring: WirePrice.shape.recurring.extend({ usage_type: z.literal('metered'), meter: z.string() }),
});

/** https://docs.stripe.com/api/subscription_schedules/object; dates are seconds, a phase ends where the next one starts. */
export const WireSchedule = z.object({
  id: z.string(),
  status: z.enum(['not_started', 'active', 'completed', 'released', 'canceled']),
  end_behavior: z.enum(['cancel', 'none', 'release', 'renew']),
  metadata: metadata.nullable(),
  phases: z
    .array(
      z.object({
        start_date: seconds,
        end_date: seconds,
        metadata: metadata.nullable(),
        items: z.array(z.object({ price: reference, quantity: z.number().int().nonnegative().optional() })),
      }),
    )
    .min(1),
});
export type WireSchedule = z.infer<typeof WireSchedule>;

const itemShape = { id: z.string(), current_period_start: seconds, current_period_end: seconds };
const WireItem = z.object({ ...itemShape, quantity: z.number().int().nonnegative(), price: WirePrice });
const WireMeteredItem = z.object({ ...itemShape, price: WireMeteredPrice });

export const WireSubscription = z.object({
  id: z.string(),
  customer: reference,
  status: z.enum([
    'trialing',
    'active',
    'past_due',
    'unpaid',
    'paused',
    'incomplete',
    'incomplete_expired',
    'canceled',
  ]),
  currency,
  start_date: seconds,
  collection_method: z.enum(['charge_automatically', 'send_invoice']),
  cancel_at_period_end: z.boolean(),
  cancel_at: seconds.nullable(),
  canceled_at: seconds.nullable(),
  ended_at: seconds.nullable(),
  metadata,
  /** Always asked for whole, with `expand`: an id would not tell how long it runs. */
  schedule: WireSchedule.nullable(),
  items: z
    .object({ data: z.array(z.union([WireMeteredItem, WireItem])).min(1), has_more: z.literal(false) })
    .transform(({ data }) => ({
      /** Charged by their quantity. */
      data: data.filter((item) => 'quantity' in item),
      /** Charged by use: amendments leave them as they are. */
      metered: data.filter((item): item is z.infer<typeof WireMeteredItem> => !('quantity' in item)),
    })),
});
export type WireSubscription = z.infer<typeof WireSubscription>;

/** Decimal text, which the SDK makes an object of. */
const decimal = z.unknown().transform((value) => (value === null || value === undefined ? null : String(value)));

/** A subscription as usage is told of: with the tiers of its prices, which Stripe tells only when they are expanded. */
export const WireUsage = z.object({
  id: z.string(),
  customer: reference,
  currency,
  items: z.object({
    data: z.array(
      z.object({
        ...itemShape,
        metadata,
        price: z.object({
          currency,
          lookup_key: z.string().nullable(),
          metadata,
          billing_scheme: z.enum(['per_unit', 'tiered']),
          tiers_mode: z.enum(['graduated', 'volume']).nullable(),
          unit_amount_decimal: decimal,
          tiers: z
            .array(
              z.object({ up_to: z.number().nullable(), flat_amount: minor.nullable(), unit_amount_decimal: decimal }),
            )
            .nullish(),
          recurring: z.object({ usage_type: z.enum(['licensed', 'metered']), meter: z.string().nullable() }),
        }),
      }),
    ),
    has_more: z.literal(false),
  }),
});
export type WireUsage = z.infer<typeof WireUsage>;
/** https://docs.stripe.com/api/expanding_objects */
export const WITH_TIERS = { expand: ['items.data.price.tiers'] };

export const WireMeter = z.object({ id: z.string(), event_name: z.string(), status: z.enum(['active', 'inactive']) });

/** https://docs.stripe.com/api/billing/meter-event-summary/object */
export const WireSummary = z.object({ meter: z.string(), aggregated_value: z.number() });

/** What to ask for with every subscription, alone and in a list: https://docs.stripe.com/api/expanding_objects */
export const WHOLE = { expand: ['schedule'] };
export const WHOLE_LIST = { expand: ['data.schedule'] };

export const WireCharge = z.object({
  id: z.string(),
  customer: reference.nullable(),
  status: z.enum(['succeeded', 'pending', 'failed']),
  amount: minor,
  currency,
  created: seconds,
  captured: z.boolean(),
  refunded: z.boolean(),
  failure_code: z.string().nullable(),
  failure_message: z.string().nullable(),
  payment_method_details: z.looseObject({ type: z.string() }).nullable(),
});
export type WireCharge = z.infer<typeof WireCharge>;

export const WireInvoice = z.object({
  id: z.string(),
  status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).nullable(),
  currency,
  amount_paid: minor,
  amount_remaining: minor,
  attempt_count: z.number().int().nonnegative(),
  due_date: seconds.nullable(),
  next_payment_attempt: seconds.nullable(),
});
export type WireInvoice = z.infer<typeof WireInvoice>;

export const WirePreview = z.object({
  currency,
  lines: z.object({
    data: z.array(
      z.object({
        amount: minor,
        period: z.object({ start: seconds, end: seconds }),
        parent: z
          .object({
            subscription_item_details: z
              .object({ proration: z.boolean(), invoice_item: z.string().nullable() })
              .nullish(),
            invoice_item_details: z.object({ proration: z.boolean(), invoice_item: z.string() }).nullish(),
          })
          .nullable(),
      }),
    ),
    has_more: z.boolean(),
  }),
});
export type WirePreview = z.infer<typeof WirePreview>;

export const WireInvoiceItem = z.object({
  id: z.string(),
  proration: z.boolean(),
  parent: z.object({ subscription_details: z.object({ subscription: z.string() }).nullish() }).nullable(),
});

const newListOf = <T extends z.ZodType>(entry: T) => z.object({ data: z.array(entry), has_more: z.boolean() });
const lists = new WeakMap<z.ZodType, z.ZodType>();

/** A list of such entries. One for each kind of entry: zod compiles each new schema, which takes longer than to read an answer by it. */
export function listOf<T extends z.ZodType>(entry: T): ReturnType<typeof newListOf<T>> {
  const known = lists.get(entry) ?? newListOf(entry);
  lists.set(entry, known);
  return known as ReturnType<typeof newListOf<T>>; // made of this entry, above
}

/** Reads an answer. @throws CONTRACT_BROKEN that names the first field that is not as promised, and none of its content */
export function read<T extends z.ZodType>(schema: T, answer: unknown): z.infer<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.map(String).join('.') || '(answer)';
  throw new HubError('CONTRACT_BROKEN', `${SYSTEM} sent a ${field} that is not as Stripe promises`, {
    system: SYSTEM,
    field,
  });
}
