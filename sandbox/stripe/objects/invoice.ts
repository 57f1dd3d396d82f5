import type { Catalog } from '../catalog.ts';
import type { Account, InvoiceItemRecord, InvoiceRecord, LineRecord } from '../records.ts';
import { priceOf } from './catalog.ts';
import { type Invoice, type InvoiceItem, type LineItem, listOf, type Pricing } from './wire.ts';

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

/** https://docs.stripe.com/api/invoices/object */
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

/** https://docs.stripe.com/api/invoiceitems/object */
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
