import { decimalOf, decimalText } from '../../platform/decimal.ts';
import type { Id } from '../../platform/ids.ts';
import type { Money } from '../../platform/money.ts';

export type BillingCustomerId = Id<'BillingCustomer'>;
export type SubscriptionId = Id<'Subscription'>;
export type PaymentId = Id<'Payment'>;

export type SubscriptionStatus = 'TRIALING' | 'ACTIVE' | 'PAST_DUE' | 'UNPAID' | 'PAUSED' | 'INCOMPLETE' | 'CANCELLED';
export type PaymentStatus = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'REFUNDED' | 'CANCELLED';
export type CollectionsState = 'CURRENT' | 'RETRYING' | 'PAST_DUE' | 'UNCOLLECTIBLE';

export interface BillingCustomer {
  readonly id: BillingCustomerId;
  readonly hubId: string | null;
  /** As billing knows it; the legal name is the ERP's. */
  readonly name: string | null;
  readonly email: string | null;
  readonly asOf: string;
}

/** A customer that billing does not hold yet. Its currency is that of what it is billed first. */
export interface BillingCustomerDraft {
  readonly hubId: string;
  readonly name: string;
  readonly email: string;
  readonly address: {
    readonly line1: string | null;
    readonly line2: string | null;
    readonly city: string | null;
    readonly region: string | null;
    readonly postalCode: string | null;
    readonly country: string | null;
  };
}

export interface SubscriptionItem {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  /** One unit, one month, before tax. */
  readonly unitPrice: Money;
}

export interface Subscription {
  readonly id: SubscriptionId;
  readonly customerId: BillingCustomerId;
  readonly status: SubscriptionStatus;
  readonly currency: string;
  readonly items: readonly SubscriptionItem[];
  readonly startedOn: string;
  readonly currentTermStartsOn: string;
  /** Exclusive. */
  readonly currentTermEndsOn: string;
  readonly renewsOn: string | null;
  readonly cancelledOn: string | null;
  readonly contractId: string | null;
  readonly legalEntityId: string | null;
  readonly paymentTerms: string | null;
  /** What it is charged for by use, beside its items. */
  readonly metered: readonly MeteredItem[];
  /** The key under which the hub opened it; null when it was not opened through the hub. */
  readonly reference: string | null;
  /** What a renewal agreed, running or still to come; null: it runs on from one billing period to the next. */
  readonly agreedTerm: AgreedTerm | null;
}

/** A term that is longer than one billing period. */
export interface AgreedTerm {
  readonly startsOn: string;
  /** Exclusive. */
  readonly endsOn: string;
  /** False: the subscription ends with it. */
  readonly runsOn: boolean;
}

/** An agreed term that runs or is still to come. */
export interface TermInForce {
  readonly subscriptionId: SubscriptionId;
  readonly customerId: BillingCustomerId;
  readonly term: AgreedTerm;
}

export interface MeteredItem {
  readonly id: string;
  readonly sku: string;
  /** Billing's key of what counts. */
  readonly meter: string;
}

/** Of which subscription and time usage is asked: from the first day on, up to the last one, exclusive; null: of the running period. */
export interface UsagePeriod {
  readonly subscriptionId: SubscriptionId;
  readonly days: { readonly from: string; readonly until: string } | null;
}

export interface SubscriptionUsage {
  readonly subscriptionId: SubscriptionId;
  readonly customerId: BillingCustomerId;
  readonly currency: string;
  readonly periodStartsOn: string;
  /** Exclusive. */
  readonly periodEndsOn: string;
  readonly meters: readonly MeterUsage[];
}

/** Quantities are decimal text. */
export interface MeterUsage {
  readonly itemId: string;
  readonly sku: string;
  readonly meter: string;
  readonly used: string;
  /** Paid for with the subscription. */
  readonly included: string;
  /** Price of one unit beyond what is included, before tax, as decimal text. */
  readonly overagePrice: string;
  /** Percent of what is included at which somebody wants to know, ascending. */
  readonly warnAt: readonly number[];
  readonly asOf: string;
}

/** Use of what is metered, counted once. */
export interface UsageEvent {
  readonly meter: string;
  /** Decimal text above zero; whole unless billing takes fractions. */
  readonly quantity: string;
  readonly occurredAt: string;
}

/** Events of one customer that are sent together: each is known to billing by the call's key and its place. */
export interface UsageBatch {
  readonly customerId: BillingCustomerId;
  /** The same at every attempt. At most 100. */
  readonly events: readonly UsageEvent[];
  /** Whose usage changes. */
  readonly subscriptions: readonly SubscriptionId[];
  /** When it was first tried: billing knows what it counted for a time only. */
  readonly firstTriedAt: string;
}

export interface Payment {
  readonly id: PaymentId;
  readonly customerId: BillingCustomerId;
  readonly status: PaymentStatus;
  readonly amount: Money;
  readonly attemptedAt: string;
  readonly failureReason: string | null;
  /** Last four digits. */
  readonly instrument: string | null;
}

export interface Collections {
  readonly state: CollectionsState;
  readonly overdue: Money;
  readonly failedPayments: number;
  readonly nextAttemptAt: string | null;
}

export interface SubscriptionDraft {
  readonly customerId: BillingCustomerId;
  readonly currency: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly contractId: string | null;
  readonly legalEntityId: string | null;
  readonly paymentTerms: string | null;
  /** The ERP order that it comes from. */
  readonly salesOrderNumber: string | null;
}

/** What a running subscription becomes. `items` names every item that stays, with its quantity. */
export interface Amendment {
  readonly subscriptionId: SubscriptionId;
  readonly customerId: BillingCustomerId;
  readonly effectiveOn: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly legalEntityId: string | null;
  readonly paymentTerms: string | null;
}

/** What a draft or an amendment would cost, as billing computes it. All before tax. */
export interface ChargePreview {
  readonly currency: string;
  readonly monthlyBefore: Money;
  readonly monthlyAfter: Money;
  /** Charged or credited at once for the rest of the running term. */
  readonly proration: Money;
}

/** The customer as this subgraph refers to it; null: this system does not know the customer, and nothing is asked of it. */
export interface CustomerRef {
  readonly billingCustomerId: BillingCustomerId | null;
}

/** The next term of a running subscription. `items` names every item of it, with its quantity. */
export interface Renewal {
  readonly subscriptionId: SubscriptionId;
  readonly customerId: BillingCustomerId;
  /** Where the running term ends: nothing of it changes. */
  readonly startsOn: string;
  /** Exclusive. */
  readonly endsOn: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentTerms: string | null;
}

/** What the next term would cost. */
export interface RenewalPreview extends Omit<ChargePreview, 'proration'> {
  /** The items of the renewal, each with today's price of one unit for one month. */
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: Money }[];
}

export interface Cancellation {
  readonly subscriptionId: SubscriptionId;
  readonly customerId: BillingCustomerId;
  /** At most 300 characters; billing keeps it with the subscription. */
  readonly reason: string;
}

/** The highest threshold that was reached, in percent of what is included; null: none, or nothing is included. */
export function thresholdReached({ used, included, warnAt }: Pick<MeterUsage, 'used' | 'included' | 'warnAt'>) {
  const reached = thresholdsReached({ used, included, warnAt });
  return reached.at(-1) ?? null;
}

/** Every threshold that was reached, ascending. */
export function thresholdsReached({
  used,
  included,
  warnAt,
}: Pick<MeterUsage, 'used' | 'included' | 'warnAt'>): readonly number[] {
  const [counted, free] = [decimalOf(used), decimalOf(included)];
  return free === 0n ? [] : warnAt.filter((percent) => counted * 100n >= free * BigInt(percent));
}

/** Units beyond what is included. */
export function overageOf({ used, included }: Pick<MeterUsage, 'used' | 'included'>): string {
  const beyond = decimalOf(used) - decimalOf(included);
  return decimalText(beyond > 0n ? beyond : 0n);
}
