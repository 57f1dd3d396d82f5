import Stripe from 'stripe';
import { periodAt } from './calendar.ts';
import type { Catalog, CatalogPrice } from './catalog.ts';
import type {
  Account,
  ChargeRecord,
  CustomerRecord,
  InvoiceItemRecord,
  InvoiceRecord,
  ItemRecord,
  LineRecord,
  SubscriptionRecord,
} from './records.ts';

/**
 * Wire shapes of API version 2026-10-28.endive, held to the SDK's own types so that the compiler tells when Stripe moves
 * a field. Decimals travel as text, which the SDK turns into its Decimal when it reads them.
 */
export type Price = Omit<Stripe.Price, 'unit_amount_decimal'> & { unit_amount_decimal: string | null };
type Plan = Omit<Stripe.Plan, 'amount_decimal'> & { amount_decimal: string | null };
export type SubscriptionItem = Omit<Stripe.SubscriptionItem, 'price' | 'plan'> & { price: Price; plan: Plan };
export type Subscription = Omit<Stripe.Subscription, 'items'> & { items: List<SubscriptionItem> };
type Pricing = Omit<Stripe.InvoiceLineItem.Pricing, 'unit_amount_decimal'> & { unit_amount_decimal: string | null };
type LineItem = Omit<Stripe.InvoiceLineItem, 'pricing' | 'quantity_decimal'> & {
  pricing: Pricing | null;
  quantity_decimal: string | null;
};
export type Invoice = Omit<Stripe.Invoice, 'lines'> & { lines: List<LineItem> };
export type InvoiceItem = Omit<Stripe.InvoiceItem, 'pricing' | 'quantity_decimal'> & {
  pricing: Pricing | null;
  quantity_decimal: string;
};

export interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

export const API_VERSION = Stripe.API_VERSION;

const PRICES_SINCE = Date.UTC(2024, 0, 1) / 1000;

export function listOf<T>(url: string, data: T[], hasMore = false): List<T> {
  return { object: 'list', data, has_more: hasMore, url };
}

export function toCustomer(customer: CustomerRecord, account: Account): Stripe.Customer {
  return {
    id: customer.id,
    object: 'customer',
    address: customer.address ? { ...customer.address, line2: null } : null,
    balance: 0,
    created: customer.created,
    currency: customer.currency,
    customer_account: null,
    default_source: null,
    delinquent: account.invoices.some((invoice) => invoice.status === 'open' && invoice.attemptCount > 0),
    description: customer.description,
    discount: null,
    email: customer.email,
    invoice_prefix: customer.id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: `pm_1Q8${customer.id.slice(4)}`,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: customer.metadata,
    name: customer.name,
    next_invoice_sequence: account.invoices.length + 1,
    phone: customer.phone,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

export function toPrice(price: CatalogPrice): Price {
  return {
    id: price.id,
    object: 'price',
    active: price.active,
    billing_scheme: 'per_unit',
    created: PRICES_SINCE,
    currency: price.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: price.lookupKey,
    metadata: { sku: price.sku },
    nickname: null,
    product: price.productId,
    recurring: { interval: 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
    tax_behavior: 'exclusive',
    tiers_mode: null,
    transform_quantity: null,
    type: 'recurring',
    unit_amount: price.unitAmount,
    unit_amount_decimal: String(price.unitAmount),
  };
}

export function toProduct(price: CatalogPrice): Stripe.Product {
  return {
    id: price.productId,
    object: 'product',
    active: price.active,
    created: PRICES_SINCE,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: { sku: price.sku },
    name: price.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: PRICES_SINCE,
    url: null,
  };
}

function toPlan(price: CatalogPrice): Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unitAmount,
    amount_decimal: String(price.unitAmount),
    billing_scheme: 'per_unit',
    created: PRICES_SINCE,
    currency: price.currency,
    interval: 'month',
    interval_count: 1,
    livemode: false,
    metadata: {},
    meter: null,
    nickname: null,
    product: price.productId,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

const priceOf = (catalog: Catalog, id: string): CatalogPrice => {
  const price = catalog.byId(id);
  if (!price) throw new Error(`no price ${id}`);
  return price;
};

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
    quantity: item.quantity,
    subscription: held.id,
    tax_rates: [],
  };
}

export function toSubscription(held: SubscriptionRecord, catalog: Catalog, now: number): Subscription {
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
    cancel_at: held.cancelAtPeriodEnd ? periodOf(held, now).end : null,
    cancel_at_period_end: held.cancelAtPeriodEnd,
    canceled_at: held.canceledAt,
    cancellation_details: {
      comment: null,
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
    schedule: null,
    start_date: held.created,
    status: held.status,
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { billing_cycle_anchor: 'unchanged', missing_payment_method: 'create_invoice' } },
    trial_start: null,
  };
}

const pricingOf = (line: LineRecord, catalog: Catalog): Pricing => {
  const price = priceOf(catalog, line.priceId);
  return {
    type: 'price_details',
    price_details: { price: price.id, product: price.productId },
    unit_amount_decimal: String(price.unitAmount),
  };
};

function toLine(line: LineRecord, invoice: InvoiceRecord, catalog: Catalog): LineItem {
  return {
    id: line.id,
    object: 'line_item',
    amount: line.amount,
    currency: invoice.currency,
    description: line.description,
    discount_amounts: [],
    discountable: !line.proration,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: {},
    parent: {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: line.invoiceItemId,
        proration: line.proration,
        proration_details: line.proration ? { credited_items: null } : null,
        subscription: line.subscriptionId,
        subscription_item: line.itemId,
      },
    },
    period: { end: line.periodEnd, start: line.periodStart },
    pretax_credit_amounts: [],
    pricing: pricingOf(line, catalog),
    quantity: line.quantity,
    quantity_decimal: String(line.quantity),
    subscription: line.subscriptionId,
    subtotal: line.amount,
    taxes: [],
  };
}

export function toInvoice(invoice: InvoiceRecord, account: Account, catalog: Catalog, now: number): Invoice {
  const total = invoice.lines.reduce((sum, line) => sum + line.amount, 0);
  const due = Math.max(0, total);
  const dueDate =
    invoice.collectionMethod === 'send_invoice' && invoice.status !== 'draft'
      ? invoice.created + (invoice.daysUntilDue ?? 30) * 86_400
      : null;
  const settled = invoice.status === 'paid' || invoice.status === 'void';
  return {
    id: invoice.id,
    object: 'invoice',
    account_country: 'DE',
    account_name: 'Meridian Instruments',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: invoice.amountPaid,
    amount_remaining: settled ? 0 : due - invoice.amountPaid,
    amount_shipping: 0,
    application: null,
    attempt_count: invoice.attemptCount,
    attempted: invoice.attemptCount > 0,
    auto_advance: invoice.status === 'open' || invoice.status === 'draft',
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: invoice.status === 'draft' ? invoice.created + 3_600 : null,
    billing_reason: invoice.reason,
    collection_method: invoice.collectionMethod,
    created: invoice.created,
    currency: invoice.currency,
    custom_fields: null,
    customer: invoice.customerId,
    customer_account: null,
    customer_address: account.customer.address ? { ...account.customer.address, line2: null } : null,
    customer_email: account.customer.email,
    customer_name: account.customer.name,
    customer_phone: account.customer.phone,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: dueDate,
    effective_at: invoice.status === 'draft' ? null : invoice.created,
    ending_balance: invoice.status === 'draft' ? null : 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(
      `/v1/invoices/${invoice.id}/lines`,
      invoice.lines.map((line) => toLine(line, invoice, catalog)),
    ),
    livemode: false,
    metadata: {},
    next_payment_attempt: invoice.nextPaymentAttempt,
    number: invoice.number,
    on_behalf_of: null,
    parent: invoice.subscriptionId
      ? {
          type: 'subscription_details',
          quote_details: null,
          subscription_details: { metadata: {}, subscription: invoice.subscriptionId },
        }
      : null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: invoice.created,
    period_start: invoice.created,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: invoice.status,
    status_transitions: {
      finalized_at: invoice.status === 'draft' ? null : invoice.created,
      marked_uncollectible_at: invoice.status === 'uncollectible' ? now : null,
      paid_at: invoice.status === 'paid' ? invoice.created : null,
      voided_at: invoice.voidedAt,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: invoice.created,
  };
}

export function toInvoiceItem(item: InvoiceItemRecord, catalog: Catalog): InvoiceItem {
  return {
    id: item.id,
    object: 'invoiceitem',
    amount: item.amount,
    currency: item.currency,
    customer: item.customerId,
    customer_account: null,
    date: item.date,
    description: item.description,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: item.amount,
    parent: {
      type: 'subscription_details',
      subscription_details: { subscription: item.subscriptionId, subscription_item: item.itemId },
    },
    period: { end: item.periodEnd, start: item.periodStart },
    pricing: pricingOf(item, catalog),
    proration: item.proration,
    quantity: item.quantity,
    quantity_decimal: String(item.quantity),
    tax_rates: [],
    test_clock: null,
  };
}

export function toCharge(charge: ChargeRecord, account: Account): Stripe.Charge {
  const paid = charge.status === 'succeeded';
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: paid ? charge.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: {
      address: null,
      email: account.customer.email,
      name: account.customer.name,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: 'MERIDIAN',
    captured: paid,
    created: charge.created,
    currency: charge.currency,
    customer: charge.customerId,
    description: 'Subscription update',
    disputed: false,
    failure_balance_transaction: null,
    failure_code: paid ? null : charge.failureMessage,
    failure_message: paid ? null : 'Your card was declined.',
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid,
    payment_intent: null,
    payment_method: `pm_1Q8${charge.customerId.slice(4)}`,
    payment_method_details: {
      type: 'card',
      card: {
        amount_authorized: charge.amount,
        authorization_code: null,
        brand: 'visa',
        checks: null,
        country: 'DE',
        electronic_commerce_indicator: null,
        exp_month: 8,
        exp_year: 2030,
        funding: 'credit',
        installments: null,
        last4: charge.last4,
        mandate: null,
        network: 'visa',
        network_transaction_id: null,
        regulated_status: 'unregulated',
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
    },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: charge.status,
    transfer_data: null,
    transfer_group: null,
  };
}
