import type { LedgerEntry } from '../core/vendor.ts';
import { type ItemParams, itemsAfter, lineOf, monthLines, monthlyOf, prorations } from './billing.ts';
import { periodAt } from './calendar.ts';
import type { Catalog } from './catalog.ts';
import { refused } from './errors.ts';
import type { Account, InvoiceItemRecord, InvoiceRecord, SubscriptionRecord } from './records.ts';
import { endWith, managing } from './schedules.ts';
import type { Store } from './store.ts';

/** What an act needs of the vendor around it. */
export interface ActContext {
  readonly store: Store;
  readonly catalog: Catalog;
  /** Seconds. */
  readonly now: number;
  readonly idempotencyKey: string | null;
  record(entry: LedgerEntry): void;
  /** Sends an event about the object as it is now, with the values that it had before where it was changed. */
  announce(type: EventType, subject: Subject, previous?: Record<string, unknown>): void;
}

export type EventType =
  | `customer.subscription.${'created' | 'updated' | 'deleted'}`
  | `invoice.${'created' | 'finalized' | 'paid' | 'payment_failed' | 'voided' | 'deleted' | 'marked_uncollectible'}`
  | `customer.${'created' | 'updated' | 'deleted'}`;

/** What an event is about. */
export interface Subject {
  readonly account: Account;
  readonly subscription?: SubscriptionRecord;
  readonly invoice?: InvoiceRecord;
}

export interface CreateParams {
  readonly items: readonly ItemParams[];
  readonly metadata: Record<string, string>;
  readonly collectionMethod: 'charge_automatically' | 'send_invoice';
  readonly daysUntilDue: number | null;
}

/** Opens a subscription that begins now, and its first invoice: charged at once, or a draft where invoices are sent. */
export function openSubscription(account: Account, params: CreateParams, context: ActContext): SubscriptionRecord {
  const { store, catalog, now } = context;
  account.customer.currency ||= catalog.byId(params.items[0]?.price ?? '')?.currency ?? '';
  const items = itemsAfter([], params.items, {
    catalog,
    currency: account.customer.currency,
    now,
    newId: () => store.counter.next('si_'),
  });
  const id = store.counter.next('sub_');
  const charged = params.collectionMethod === 'charge_automatically';
  const held: SubscriptionRecord = {
    id,
    customerId: account.customer.id,
    created: now,
    currency: account.customer.currency,
    anchor: now,
    status: charged && account.cardFails ? 'incomplete' : 'active',
    items,
    metadata: params.metadata,
    collectionMethod: params.collectionMethod,
    daysUntilDue: params.daysUntilDue,
    cancelAtPeriodEnd: false,
    canceledAt: null,
    cancellationComment: null,
    latestInvoiceId: null,
  };
  store.keep(account);
  store.own(id, account.customer.id);
  account.subscriptions.push(held);
  note('subscription.opened', held, context);
  context.announce('customer.subscription.created', { account, subscription: held });
  const lines = monthLines(items, id, periodAt(now, now), catalog, () => store.counter.next('il_'));
  bill(account, held, lines, 'subscription_create', context);
  return held;
}

export interface UpdateParams {
  readonly items: readonly ItemParams[] | undefined;
  /** Keys to set; an empty value removes the key. */
  readonly metadata: Record<string, string> | undefined;
  readonly prorationBehavior: 'create_prorations' | 'always_invoice' | 'none';
  readonly prorationDate: number | undefined;
  readonly cancelAtPeriodEnd: boolean | undefined;
  readonly cancellationComment: string | undefined;
  readonly daysUntilDue: number | undefined;
}

/** Changes items and metadata; the difference for the rest of the period waits as invoice items, or is billed at once. */
export function updateSubscription(
  account: Account,
  held: SubscriptionRecord,
  params: UpdateParams,
  context: ActContext,
): void {
  const { store, catalog, now } = context;
  if (held.status === 'canceled' && (params.items || params.cancelAtPeriodEnd !== undefined)) {
    throw refused('A canceled subscription can only update its cancellation_details and metadata.');
  }
  if (params.daysUntilDue !== undefined && held.collectionMethod !== 'send_invoice') {
    throw refused(
      '`days_until_due` can only be set when `collection_method` is `send_invoice`.',
      undefined,
      'days_until_due',
    );
  }
  const schedule = managing(account, held);
  if (schedule && params.cancelAtPeriodEnd !== undefined) {
    throw refused(
      `The subscription is managed by the subscription schedule \`${schedule.id}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
    );
  }
  const items = params.items
    ? itemsAfter(held.items, params.items, {
        catalog,
        currency: held.currency,
        now,
        newId: () => store.counter.next('si_'),
      })
    : held.items;
  const made =
    params.items && params.prorationBehavior !== 'none'
      ? prorations(held, items, params.prorationDate, { catalog, now, newId: () => store.counter.next('ii_') })
      : [];
  const metadata = merged(held.metadata, params.metadata ?? {});
  const cancelAtPeriodEnd = params.cancelAtPeriodEnd ?? held.cancelAtPeriodEnd;
  const daysUntilDue = params.daysUntilDue ?? held.daysUntilDue;
  const changed =
    JSON.stringify([items, metadata, cancelAtPeriodEnd, daysUntilDue]) !==
    JSON.stringify([held.items, held.metadata, held.cancelAtPeriodEnd, held.daysUntilDue]);
  if (!changed) return;

  const previous = { metadata: held.metadata };
  store.keep(account);
  held.items = items;
  held.metadata = metadata;
  held.cancelAtPeriodEnd = cancelAtPeriodEnd;
  held.daysUntilDue = daysUntilDue;
  held.cancellationComment = params.cancellationComment ?? held.cancellationComment;
  note('subscription.amended', held, context);
  wait(account, held, made, context);
  if (params.prorationBehavior === 'always_invoice') billPending(account, held, context);
  context.announce('customer.subscription.updated', { account, subscription: held }, previous);
}

/** Ends a subscription at once: https://docs.stripe.com/api/subscriptions/cancel */
export function cancelSubscription(
  account: Account,
  held: SubscriptionRecord,
  params: { prorate: boolean; invoiceNow: boolean; comment: string | null },
  context: ActContext,
): void {
  const { store, catalog, now } = context;
  store.keep(account);
  if (params.prorate) {
    const credit = prorations(held, [], undefined, { catalog, now, newId: () => store.counter.next('ii_') });
    wait(account, held, credit, context);
  }
  held.status = 'canceled';
  held.canceledAt = now;
  held.cancellationComment = params.comment ?? held.cancellationComment;
  endWith(account, held, now);
  note('subscription.cancelled', held, context);
  if (params.invoiceNow) billPending(account, held, context);
  else if (!params.prorate) {
    for (const item of account.pending.filter((one) => one.subscriptionId === held.id && one.proration)) {
      removePending(account, item, held, context);
    }
  }
  context.announce('customer.subscription.deleted', { account, subscription: held });
}

export function removePending(
  account: Account,
  item: InvoiceItemRecord,
  held: SubscriptionRecord | undefined,
  context: ActContext,
): void {
  context.store.keep(account);
  account.pending = account.pending.filter((one) => one !== item);
  noteProration('proration.deleted', item, held, context);
}

function wait(
  account: Account,
  held: SubscriptionRecord,
  made: readonly InvoiceItemRecord[],
  context: ActContext,
): void {
  for (const item of made) {
    context.store.own(item.id, account.customer.id);
    account.pending.push(item);
    noteProration('proration.created', item, held, context);
  }
}

function billPending(account: Account, held: SubscriptionRecord, context: ActContext): void {
  const due = account.pending.filter((item) => item.subscriptionId === held.id);
  if (due.length === 0) return;
  account.pending = account.pending.filter((item) => item.subscriptionId !== held.id);
  const lines = due.map((item) => lineOf(item, context.store.counter.next('il_')));
  bill(account, held, lines, 'subscription_update', context);
}

function bill(
  account: Account,
  held: SubscriptionRecord,
  lines: InvoiceRecord['lines'],
  reason: InvoiceRecord['reason'],
  context: ActContext,
): void {
  const { store, now } = context;
  const charged = held.collectionMethod === 'charge_automatically';
  const total = Math.max(
    0,
    lines.reduce((sum, line) => sum + line.amount, 0),
  );
  const paid = charged && !account.cardFails;
  const invoice: InvoiceRecord = {
    id: store.counter.next('in_'),
    customerId: account.customer.id,
    subscriptionId: held.id,
    created: now,
    currency: held.currency,
    reason,
    lines,
    collectionMethod: held.collectionMethod,
    daysUntilDue: held.daysUntilDue,
    status: paid ? 'paid' : charged ? 'open' : 'draft',
    amountPaid: paid ? total : 0,
    attemptCount: charged ? 1 : 0,
    nextPaymentAttempt: null,
    voidedAt: null,
    number: charged ? `Q8N-${String(account.invoices.length + 1).padStart(4, '0')}` : null,
  };
  store.own(invoice.id, account.customer.id);
  account.invoices.push(invoice);
  held.latestInvoiceId = invoice.id;
  noteInvoice('invoice.created', invoice, held, context);
  if (charged) {
    account.charges.push({
      id: `ch_3${invoice.id.slice(4)}`,
      customerId: account.customer.id,
      created: now,
      currency: held.currency,
      amount: total,
      status: paid ? 'succeeded' : 'failed',
      failureCode: paid ? null : 'card_declined',
      last4: account.charges.at(-1)?.last4 ?? '4242',
    });
  }
  context.announce('invoice.created', { account, invoice });
  // A draft is finalized an hour later: https://docs.stripe.com/invoicing/integration/workflow-transitions
  if (charged) context.announce('invoice.finalized', { account, invoice });
  if (charged) context.announce(paid ? 'invoice.paid' : 'invoice.payment_failed', { account, invoice });
}

/** Metadata with keys set, and removed where the new value is empty. */
export function merged(current: Record<string, string>, changes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...current, ...changes }).filter(([, value]) => value !== ''));
}

const businessKeyOf = (held: SubscriptionRecord | undefined): string | null => held?.metadata.hub_key ?? null;

function note(effect: string, held: SubscriptionRecord, { record, idempotencyKey, catalog }: ActContext): void {
  record({
    effect,
    id: held.id,
    businessKey: businessKeyOf(held),
    idempotencyKey,
    details: {
      customer: held.customerId,
      items: held.items.map((item) => `${catalog.byId(item.priceId)?.sku}:${item.quantity}`).join(','),
      monthly: monthlyOf(held.items, catalog),
      currency: held.currency.toUpperCase(),
      legalEntity: held.metadata.legal_entity_id ?? null,
      paymentTerms: held.metadata.payment_terms ?? null,
    },
  });
}

function noteProration(
  effect: string,
  item: InvoiceItemRecord,
  held: SubscriptionRecord | undefined,
  { record, idempotencyKey }: ActContext,
): void {
  record({
    effect,
    id: item.id,
    businessKey: businessKeyOf(held),
    idempotencyKey,
    details: { customer: item.customerId, subscription: item.subscriptionId, amount: item.amount },
  });
}

export function noteInvoice(
  effect: string,
  invoice: InvoiceRecord,
  held: SubscriptionRecord | undefined,
  { record, idempotencyKey }: ActContext,
): void {
  record({
    effect,
    id: invoice.id,
    businessKey: businessKeyOf(held),
    idempotencyKey,
    details: {
      customer: invoice.customerId,
      subscription: invoice.subscriptionId,
      total: invoice.lines.reduce((sum, line) => sum + line.amount, 0),
      status: invoice.status,
    },
  });
}
