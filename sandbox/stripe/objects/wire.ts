import Stripe from 'stripe';

/**
 * Wire shapes of API version 2026-10-28.endive, held to the SDK's own types so that the compiler tells when Stripe moves
 * a field. Decimals travel as text, which the SDK turns into its Decimal when it reads them.
 */
export type Price = Omit<Stripe.Price, 'unit_amount_decimal'> & { unit_amount_decimal: string | null };
export type Plan = Omit<Stripe.Plan, 'amount_decimal'> & { amount_decimal: string | null };
export type SubscriptionItem = Omit<Stripe.SubscriptionItem, 'price' | 'plan'> & { price: Price; plan: Plan };
export type Subscription = Omit<Stripe.Subscription, 'items'> & { items: List<SubscriptionItem> };
export type Pricing = Omit<Stripe.InvoiceLineItem.Pricing, 'unit_amount_decimal'> & {
  unit_amount_decimal: string | null;
};
export type LineItem = Omit<Stripe.InvoiceLineItem, 'pricing' | 'quantity_decimal'> & {
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

export function listOf<T>(url: string, data: T[], hasMore = false): List<T> {
  return { object: 'list', data, has_more: hasMore, url };
}
