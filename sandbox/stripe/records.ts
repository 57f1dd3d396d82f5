/** What the sandbox keeps of each object; the wire shape is built from it when it is read. Times are whole seconds. */
export interface CustomerRecord {
  readonly id: string;
  readonly created: number;
  /** Lower case; empty until something is billed, which decides it. */
  currency: string;
  /** Deleted: only its id is told any more. */
  deleted?: true;
  name: string | null;
  email: string | null;
  phone: string | null;
  description: string | null;
  metadata: Record<string, string>;
  address: { line1: string; city: string; state: string | null; postal_code: string; country: string } | null;
}

export interface ItemRecord {
  readonly id: string;
  readonly created: number;
  readonly priceId: string;
  quantity: number;
}

export interface SubscriptionRecord {
  readonly id: string;
  readonly customerId: string;
  readonly created: number;
  readonly currency: string;
  /** The monthly periods are counted from it. */
  readonly anchor: number;
  status: 'active' | 'past_due' | 'canceled' | 'incomplete';
  items: ItemRecord[];
  metadata: Record<string, string>;
  collectionMethod: 'charge_automatically' | 'send_invoice';
  daysUntilDue: number | null;
  cancelAtPeriodEnd: boolean;
  canceledAt: number | null;
  cancellationComment: string | null;
  latestInvoiceId: string | null;
}

export interface LineRecord {
  readonly id: string;
  readonly amount: number;
  readonly description: string;
  readonly periodStart: number;
  readonly periodEnd: number;
  readonly proration: boolean;
  readonly priceId: string;
  readonly quantity: number;
  readonly subscriptionId: string;
  readonly itemId: string;
  /** The pending invoice item that it came from. */
  readonly invoiceItemId: string | null;
}

export interface InvoiceRecord {
  readonly id: string;
  readonly customerId: string;
  readonly subscriptionId: string | null;
  readonly created: number;
  readonly currency: string;
  readonly reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming';
  readonly lines: readonly LineRecord[];
  readonly collectionMethod: 'charge_automatically' | 'send_invoice';
  readonly daysUntilDue: number | null;
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
  amountPaid: number;
  attemptCount: number;
  nextPaymentAttempt: number | null;
  voidedAt: number | null;
  number: string | null;
}

export interface InvoiceItemRecord extends LineRecord {
  readonly customerId: string;
  readonly currency: string;
  /** When it was made. */
  readonly date: number;
}

export interface ChargeRecord {
  readonly id: string;
  readonly customerId: string;
  readonly created: number;
  readonly currency: string;
  readonly amount: number;
  readonly status: 'succeeded' | 'failed';
  readonly failureCode: string | null;
  readonly last4: string;
}

/** Use that was told to a meter. */
export interface UsageRecord {
  readonly identifier: string;
  readonly eventName: string;
  /** Whole number; negative where it corrects. */
  readonly value: number;
  readonly timestamp: number;
  /** When it was told. */
  readonly received: number;
  cancelled: boolean;
}

/** A stretch of a subscription's time with items of its own. */
export interface PhaseRecord {
  readonly start: number;
  /** Exclusive: where the next one starts. */
  readonly end: number;
  /** Without a quantity: charged by use. */
  readonly items: readonly { readonly priceId: string; readonly quantity: number | null }[];
  readonly metadata: Record<string, string>;
  readonly collectionMethod: 'charge_automatically' | 'send_invoice' | null;
  readonly daysUntilDue: number | null;
}

export interface ScheduleRecord {
  readonly id: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly created: number;
  status: 'active' | 'released' | 'canceled';
  endBehavior: 'release' | 'cancel';
  metadata: Record<string, string>;
  phases: PhaseRecord[];
  releasedAt: number | null;
  canceledAt: number | null;
}

/** Everything of one customer; lists are oldest first. */
export interface Account {
  readonly customer: CustomerRecord;
  readonly subscriptions: SubscriptionRecord[];
  invoices: InvoiceRecord[];
  /** Invoice items that are on no invoice yet. */
  pending: InvoiceItemRecord[];
  readonly charges: ChargeRecord[];
  readonly schedules: ScheduleRecord[];
  readonly usage: UsageRecord[];
  /** Automatic charges of this customer's card fail. */
  readonly cardFails: boolean;
}
