import { z } from 'zod';
import { noteInvoice, removePending } from '../acts.ts';
import { itemsAfter, prorations, statusOf, upcoming } from '../billing.ts';
import { missing, refused } from '../errors.ts';
import { toInvoice, toInvoiceItem } from '../objects/invoice.ts';
import { newestFirst, pageOf } from '../page.ts';
import { boolean, expand, integer, paging, text } from '../params.ts';
import type { Account, InvoiceRecord } from '../records.ts';
import type { RouteContext } from '../vendor.ts';
import { items, prorationBehavior } from './subscriptions.ts';

/** https://docs.stripe.com/api/invoices and https://docs.stripe.com/api/invoiceitems */
export function invoiceRoutes(context: RouteContext): void {
  const { serve, store, catalog, act, now } = context;
  const wire = (invoice: InvoiceRecord, account: Account) => {
    invoice.status = statusOf(invoice, now());
    return toInvoice(invoice, account, catalog, now());
  };
  const known = (id: string) => {
    const found = store().invoice(id);
    if (!found) throw missing('invoice', id);
    found.invoice.status = statusOf(found.invoice, now());
    return found;
  };

  serve({
    method: 'GET',
    url: '/v1/invoices',
    params: z.strictObject({
      ...paging,
      customer: text.optional(),
      subscription: text.optional(),
      status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
    }),
    answer({ params }) {
      const { customer, subscription, status } = params;
      if (customer === undefined && subscription === undefined) {
        throw refused('The sandbox lists invoices of one customer or subscription.', undefined, 'customer');
      }
      const account =
        customer === undefined ? store().subscription(subscription ?? '')?.account : store().account(customer);
      if (!account) {
        throw customer === undefined
          ? missing('subscription', subscription ?? '', 'subscription')
          : missing('customer', customer, 'customer');
      }
      const found = newestFirst(account.invoices).filter(
        (invoice) =>
          (subscription === undefined || invoice.subscriptionId === subscription) &&
          (status === undefined || statusOf(invoice, now()) === status),
      );
      return pageOf('/v1/invoices', 'invoice', found, params, (invoice) => wire(invoice, account));
    },
  });

  serve({
    method: 'GET',
    url: '/v1/invoices/:id',
    params: z.strictObject({ expand }),
    answer({ id }) {
      const { invoice, account } = known(id);
      return wire(invoice, account);
    },
  });

  serve({
    method: 'POST',
    url: '/v1/invoices/create_preview',
    params: z.strictObject({
      customer: text.optional(),
      subscription: text.optional(),
      subscription_details: z
        .strictObject({
          items,
          proration_behavior: prorationBehavior,
          proration_date: integer.optional(),
          cancel_now: boolean.optional(),
        })
        .optional(),
      expand,
    }),
    answer({ params }) {
      const held = params.subscription === undefined ? null : store().subscription(params.subscription);
      if (held === undefined) throw missing('subscription', params.subscription ?? '', 'subscription');
      const account = held?.account ?? store().account(params.customer ?? '');
      if (!account) {
        if (params.customer !== undefined) throw missing('customer', params.customer, 'customer');
        throw refused('You must provide either `customer` or `subscription`.', 'parameter_missing', 'customer');
      }
      if (held?.subscription.status === 'canceled') {
        throw refused('Cannot preview an invoice for a canceled subscription.', 'invoice_upcoming_none');
      }
      const details = params.subscription_details;
      const at = { catalog, now: now(), newId: temporary('ii_tmp_') };
      if (held && details?.cancel_now) {
        const added = details.proration_behavior === 'none' ? [] : prorations(held.subscription, [], undefined, at);
        return wire(upcoming(account, held.subscription, [], added, at), account);
      }
      const after = itemsAfter(held?.subscription.items ?? [], details?.items ?? [], {
        ...at,
        currency: account.customer.currency,
        newId: temporary('si_tmp_'),
      });
      const added =
        held && details?.items && details.proration_behavior !== 'none'
          ? prorations(held.subscription, after, details.proration_date, at)
          : [];
      return wire(upcoming(account, held?.subscription ?? null, after, added, at), account);
    },
  });

  serve({
    method: 'POST',
    url: '/v1/invoices/:id/void',
    params: z.strictObject({ expand }),
    answer: ({ id, idempotencyKey }) => ended(id, idempotencyKey, 'void'),
  });

  serve({
    method: 'POST',
    url: '/v1/invoices/:id/mark_uncollectible',
    params: z.strictObject({ expand }),
    answer: ({ id, idempotencyKey }) => ended(id, idempotencyKey, 'uncollectible'),
  });

  serve({
    method: 'DELETE',
    url: '/v1/invoices/:id',
    params: z.strictObject({}),
    answer({ id, idempotencyKey }) {
      const { invoice, account } = known(id);
      if (invoice.status !== 'draft') {
        throw refused('You can only delete draft invoices.', 'invoice_not_editable');
      }
      store().keep(account);
      account.invoices = account.invoices.filter((one) => one !== invoice);
      noteInvoice(
        'invoice.deleted',
        invoice,
        store().subscription(invoice.subscriptionId ?? '')?.subscription,
        act(idempotencyKey),
      );
      act(idempotencyKey).announce('invoice.deleted', { account, invoice });
      return { id, object: 'invoice', deleted: true };
    },
  });

  serve({
    method: 'GET',
    url: '/v1/invoiceitems',
    params: z.strictObject({
      ...paging,
      customer: text.optional(),
      pending: boolean.optional(),
      invoice: text.optional(),
    }),
    answer({ params }) {
      const account = store().account(params.customer ?? '');
      if (!account) throw missing('customer', params.customer ?? '', 'customer');
      const found = params.pending === false || params.invoice !== undefined ? [] : account.pending;
      return pageOf('/v1/invoiceitems', 'invoiceitem', found.toReversed(), params, (one) =>
        toInvoiceItem(one, catalog),
      );
    },
  });

  serve({
    method: 'DELETE',
    url: '/v1/invoiceitems/:id',
    params: z.strictObject({}),
    answer({ id, idempotencyKey }) {
      const found = store().invoiceItem(id);
      if (!found) throw missing('invoiceitem', id);
      const { account, item } = found;
      removePending(account, item, store().subscription(item.subscriptionId)?.subscription, act(idempotencyKey));
      return { id, object: 'invoiceitem', deleted: true };
    },
  });

  function ended(id: string, idempotencyKey: string | null, status: 'void' | 'uncollectible') {
    const { invoice, account } = known(id);
    if (invoice.status !== 'open' && !(status === 'void' && invoice.status === 'uncollectible')) {
      throw refused(`You can only pass in open invoices. This invoice isn't open.`, 'invoice_not_editable');
    }
    store().keep(account);
    invoice.status = status;
    invoice.nextPaymentAttempt = null;
    if (status === 'void') invoice.voidedAt = now();
    const held = store().subscription(invoice.subscriptionId ?? '')?.subscription;
    noteInvoice(
      status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible',
      invoice,
      held,
      act(idempotencyKey),
    );
    act(idempotencyKey).announce(status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible', {
      account,
      invoice,
    });
    return wire(invoice, account);
  }
}

/** Ids for what only a preview shows; they take no number from the counter. */
function temporary(prefix: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `${prefix}${last}`;
  };
}
