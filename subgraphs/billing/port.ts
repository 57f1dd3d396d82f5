import type { Call, WriteCall } from '../../platform/call.ts';
import type { Money } from '../../platform/money.ts';
import { type DirectoryEntry, emptyPage, type ListOf, type Page } from '../../platform/page.ts';
import { type CustomerOfBatch, listKey, type MethodsOf } from '../../platform/port/methods.ts';
import type {
  Amendment,
  BillingCustomer,
  BillingCustomerDraft,
  BillingCustomerId,
  Cancellation,
  ChargePreview,
  Collections,
  Payment,
  Renewal,
  RenewalPreview,
  Subscription,
  SubscriptionDraft,
  SubscriptionId,
  SubscriptionUsage,
  TermInForce,
  UsageBatch,
  UsagePeriod,
} from './model.ts';
import { BILLING_SCAN_METHODS, type BillingScanPort } from './scan-port.ts';

/** What the graph and the processes ask of any subscription billing system. */
export interface BillingPort extends BillingScanPort {
  readonly capabilities: BillingCapabilities;

  /** One entry per id, in the order asked; `null` where billing holds none. At most 100 ids in each batch below. */
  customers(ids: readonly BillingCustomerId[], call: Call): Promise<readonly (BillingCustomer | null)[]>;
  subscriptions(ids: readonly SubscriptionId[], call: Call): Promise<readonly (Subscription | null)[]>;
  /** Pages of a customer's subscriptions, newest first; `status` restricts. */
  subscriptionsOf(lists: readonly ListOf<BillingCustomerId>[], call: Call): Promise<readonly Page<Subscription>[]>;
  /** Pages of a customer's payment attempts, newest first. */
  paymentsOf(lists: readonly ListOf<BillingCustomerId>[], call: Call): Promise<readonly Page<Payment>[]>;
  collections(ids: readonly BillingCustomerId[], call: Call): Promise<readonly (Collections | null)[]>;

  /** What was used of a subscription's metered items. What was recorded a moment ago may not be counted yet. */
  usage(periods: readonly UsagePeriod[], call: Call): Promise<readonly (SubscriptionUsage | null)[]>;

  directory(page: { first: number; after: string | null }, call: Call): Promise<Page<DirectoryEntry>>;
  /** The last agreed term of each subscription that has one; a page may hold fewer than `first`, and none, with more behind it. */
  agreedTerms(page: { first: number; after: string | null }, call: Call): Promise<Page<TermInForce>>;
  /** What a new subscription would cost. @throws REFUSED for a SKU that is not sold in that currency */
  previewSubscription(draft: SubscriptionDraft, call: Call): Promise<ChargePreview>;
  /** What the amendment would cost, proration included. @throws REFUSED once the subscription has ended */
  previewAmendment(amendment: Amendment, call: Call): Promise<ChargePreview>;
  /** What a month of the next term would cost, beside one of the running term. @throws REFUSED as `scheduleRenewal` is */
  previewRenewal(renewal: Renewal, call: Call): Promise<RenewalPreview>;
  /** What would be credited for the unused part if it ended now: a negative amount, or zero. */
  previewCancellation(about: Omit<Cancellation, 'reason'>, call: Call): Promise<Money>;

  /** Opens under `call.key`; a repeated key returns the subscription it opened. */
  openSubscription(draft: SubscriptionDraft, call: WriteCall): Promise<Subscription>;
  /** Ends at once, without a charge, what was opened under `call.key`; does nothing when there is none. @throws REFUSED when it was paid for */
  cancelOpened(customer: { customerId: BillingCustomerId }, call: WriteCall): Promise<void>;
  /** Changes terms from `effectiveOn`. A repeated `call.key` returns the first answer. @throws REFUSED once the subscription has ended */
  amend(amendment: Amendment, call: WriteCall): Promise<Subscription>;
  /**
   * Puts the subscription back to `before` and takes the proration back; does nothing when it is as before already. The key
   * of the amendment never takes effect again. @throws CONFLICT when something else than that amendment changed it
   */
  revertAmendment(change: { before: Subscription }, call: WriteCall): Promise<void>;
  /** Opens the customer under `call.key`; a repeated key returns the one it opened. */
  openCustomer(draft: BillingCustomerDraft, call: WriteCall): Promise<BillingCustomerId>;
  /** Removes the customer opened under `call.key`; does nothing without one. `email` as it was opened with. */
  closeCustomer(customer: { email: string }, call: WriteCall): Promise<void>;
  updateCustomer(change: { customerId: BillingCustomerId; email?: string }, call: WriteCall): Promise<void>;
  /**
   * Agrees on the next term at today's prices; the running one stays as it is. A repeated `call.key` returns the first answer.
   * @throws REFUSED when the subscription has ended, ends with its term, or has another renewal to come
   */
  scheduleRenewal(renewal: Renewal, call: WriteCall): Promise<Subscription>;
  /** Takes back what `scheduleRenewal` agreed under `call.key`, which never takes effect again; does nothing without one. */
  withdrawRenewal(about: Omit<Cancellation, 'reason'>, call: WriteCall): Promise<void>;
  /** Has it end with its running term, the agreed one where there is one. @throws REFUSED when it has ended or ends already */
  cancelAtTermEnd(cancellation: Cancellation, call: WriteCall): Promise<Subscription>;
  /** Takes back what `cancelAtTermEnd` did under `call.key`; does nothing when that key did nothing. */
  keepRunning(about: Omit<Cancellation, 'reason'>, call: WriteCall): Promise<void>;
  /**
   * Ends it at once and invoices what is left, less the unused part with `creditUnused`; the credit stays with the customer.
   * Cannot be taken back. One that has ended is left as it is.
   */
  cancelNow(cancellation: Cancellation & { readonly creditUnused: boolean }, call: WriteCall): Promise<Subscription>;
  /**
   * Counts each event once, however often it is sent under `call.key`. @throws IN_DOUBT, without sending anything, when the
   * first attempt is so long ago that billing could count it twice; REFUSED where billing takes no such event
   */
  recordUsage(batch: UsageBatch, call: WriteCall): Promise<void>;
  /**
   * Takes back what `recordUsage` counted under `call.key`; where billing cancels no more, and all of it is known to be
   * `recorded`, by events that correct it. @throws REFUSED where it cannot be told what was counted
   */
  cancelUsage(batch: UsageBatch & { readonly recorded: boolean }, call: WriteCall): Promise<void>;
}

export interface BillingCapabilities {
  /** Reads many customers in one call; otherwise the connector makes bounded parallel calls. */
  readonly batchReads: boolean;
  /** Counts what customers use and charges for it. */
  readonly meteredUsage: boolean;
  /** Counts fractions of a unit; otherwise only whole numbers are recorded. */
  readonly fractionalUsage: boolean;
}

const ofCustomer = (list: ListOf) => `customer:${list.of}`;

const usageOf = ({ subscriptions }: UsageBatch) => subscriptions.map((one) => `usage:${one}`);
const byCustomer: CustomerOfBatch = { ofKey: (id: BillingCustomerId) => id, none: null };
const pagesByCustomer: CustomerOfBatch = { ofKey: ({ of }: ListOf<BillingCustomerId>) => of, none: emptyPage };
const touchesSubscription = ({ customerId, subscriptionId }: Omit<Cancellation, 'reason'>) => [
  `customer:${customerId}`,
  `subscription:${subscriptionId}`,
];
const named = { of: ({ customerId }: { customerId: BillingCustomerId }) => customerId };

export const BILLING_METHODS = {
  customers: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 300,
    subjectOf: (id: BillingCustomerId) => `customer:${id}`,
    customer: byCustomer,
  },
  subscriptions: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: SubscriptionId) => `subscription:${id}`,
    customer: { ofAnswer: ({ customerId }: Subscription) => customerId },
  },
  subscriptionsOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ofCustomer,
    customer: pagesByCustomer,
  },
  paymentsOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ofCustomer,
    customer: pagesByCustomer,
  },
  collections: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: BillingCustomerId) => `customer:${id}`,
    customer: byCustomer,
  },
  usage: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: ({ subscriptionId, days }: UsagePeriod) => `${subscriptionId}|${days?.from ?? ''}|${days?.until ?? ''}`,
    subjectOf: ({ subscriptionId }: UsagePeriod) => `usage:${subscriptionId}`,
    customer: { ofAnswer: ({ customerId }: SubscriptionUsage) => customerId },
  },
  directory: { kind: 'read', customer: 'HUB_ONLY' },
  agreedTerms: { kind: 'read', customer: 'HUB_ONLY' },
  previewSubscription: { kind: 'read', customer: named },
  previewAmendment: { kind: 'read', customer: named },
  previewRenewal: { kind: 'read', customer: named },
  previewCancellation: { kind: 'read', customer: named },
  openSubscription: {
    kind: 'write',
    touches: (draft: SubscriptionDraft, result: Subscription) => [
      `customer:${draft.customerId}`,
      `subscription:${result.id}`,
    ],
  },
  cancelOpened: {
    kind: 'write',
    touches: ({ customerId }: { customerId: BillingCustomerId }) => [`customer:${customerId}`],
  },
  amend: {
    kind: 'write',
    touches: (change: Amendment) => [`customer:${change.customerId}`, `subscription:${change.subscriptionId}`],
  },
  revertAmendment: {
    kind: 'write',
    touches: ({ before }: { before: Subscription }) => [`customer:${before.customerId}`, `subscription:${before.id}`],
  },
  openCustomer: { kind: 'write', touches: (_draft: BillingCustomerDraft, id: BillingCustomerId) => [`customer:${id}`] },
  closeCustomer: { kind: 'write', touches: () => [] },
  updateCustomer: {
    kind: 'write',
    touches: ({ customerId }: { customerId: BillingCustomerId }) => [`customer:${customerId}`],
  },
  scheduleRenewal: { kind: 'write', touches: touchesSubscription },
  withdrawRenewal: { kind: 'write', touches: touchesSubscription },
  cancelAtTermEnd: { kind: 'write', touches: touchesSubscription },
  keepRunning: { kind: 'write', touches: touchesSubscription },
  cancelNow: { kind: 'write', touches: touchesSubscription },
  recordUsage: { kind: 'write', touches: usageOf },
  cancelUsage: { kind: 'write', touches: usageOf },
  ...BILLING_SCAN_METHODS,
} satisfies MethodsOf<BillingPort>;
