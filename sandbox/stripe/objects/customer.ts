import type Stripe from 'stripe';
import type { Account, CustomerRecord } from '../records.ts';

/** https://docs.stripe.com/api/customers/object */
export function toCustomer(customer: CustomerRecord, account: Account): Stripe.Customer {
  return {
    id: customer.id,
    object: 'customer',
    address: customer.address ? { ...customer.address, line2: null } : null,
    balance: 0,
    created: customer.created,
    currency: customer.currency || null,
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
