/**
 * The generated company whose customers the sandbox's vendors hold: what is true, before each system has its own view of
 * it. Deterministic by seed. Amounts are whole minor units, days `YYYY-MM-DD`, instants RFC 3339 in UTC.
 */
export interface World {
  readonly seed: number;
  /** The day on which the world stands; all other days are relative to it. */
  readonly today: string;
  readonly size: number;
  readonly products: readonly WorldProduct[];
  readonly legalEntities: readonly WorldLegalEntity[];
  readonly salesReps: readonly { readonly name: string; readonly email: string }[];
  /** Customers in the order of their index, made as they are asked for: nothing is kept. */
  customers(): Iterable<WorldCustomer>;
  /** One customer, `0 <= index < size`; the same index always gives the same customer. */
  customer(index: number): WorldCustomer;
  /** The index of the customer with this hub id, in either case; -1 when there is none. */
  indexOf(hubId: string): number;
}

export interface WorldProduct {
  readonly sku: string;
  readonly name: string;
  readonly kind: 'GOODS' | 'SERVICE' | 'SUBSCRIPTION';
  readonly active: boolean;
  readonly taxClass: string;
  /** Unit price (per month for a subscription) by currency, in minor units. */
  readonly prices: Readonly<Record<string, number>>;
  /** null for what is not held in stock. */
  readonly onHand: number | null;
  readonly committed: number;
}

export interface WorldLegalEntity {
  /** Small whole number as text, used as the ERP's subsidiary id. Example: `2`. */
  readonly id: string;
  readonly name: string;
  readonly country: string;
  readonly currency: string;
  /** Sales tax in percent that this entity charges at home. */
  readonly taxPercent: number;
}

/** What makes a customer useful for a scenario; most customers have none. */
export type Trait =
  | 'hierarchy-parent'
  | 'hierarchy-child'
  /** The account was merged into `mergedIntoIndex`. */
  | 'merged-away'
  /** Another account was merged into this one. */
  | 'merge-survivor'
  | 'amended-mid-term'
  | 'failed-payment'
  | 'collections'
  | 'over-licensed'
  | 'credit-hold'
  /** The ERP refuses every new order: tax is not set up for the customer's region. */
  | 'tax-refused'
  /** CRM and ERP disagree on the legal name. */
  | 'name-disagrees'
  | 'open-escalation'
  /** Only CRM knows it: no order yet, so CRM still owns address and terms. */
  | 'prospect';

export interface WorldCustomer {
  readonly index: number;
  /** `C-` and a number: 10001 for the first, unless the world was told another. */
  readonly hubId: string;
  readonly traits: readonly Trait[];
  readonly legalName: string;
  /** What the CRM calls it; differs from `legalName` for `name-disagrees`. */
  readonly crmName: string;
  readonly domain: string;
  readonly email: string;
  readonly phone: string;
  readonly website: string;
  readonly address: {
    readonly line1: string;
    readonly city: string;
    readonly region: string | null;
    readonly postalCode: string;
    readonly country: string;
  };
  readonly segment: 'ENTERPRISE' | 'MID_MARKET' | 'SMALL_BUSINESS';
  readonly industry: string;
  readonly region: 'EMEA' | 'AMER' | 'APAC';
  readonly currency: string;
  readonly legalEntityId: string;
  readonly taxId: string;
  readonly taxCode: string;
  readonly paymentTerms: 'DUE_ON_RECEIPT' | 'NET_15' | 'NET_30' | 'NET_45' | 'NET_60';
  readonly creditLimit: number | null;
  readonly creditHold: boolean;
  readonly salesRep: number;
  readonly supportTier: 'STANDARD' | 'PREMIUM' | 'PREMIUM_PLUS';
  readonly parentIndex: number | null;
  readonly mergedIntoIndex: number | null;
  /** The customer, a reseller, through whom this one buys. */
  readonly partnerIndex: number | null;
  /** Which systems hold the customer. */
  readonly known: {
    readonly erp: boolean;
    readonly billing: boolean;
    readonly crm: boolean;
    readonly support: boolean;
  };
  readonly contacts: readonly {
    readonly firstName: string;
    readonly lastName: string;
    readonly title: string;
    readonly email: string;
    readonly phone: string;
    readonly emailConsent: boolean | null;
  }[];
  readonly opportunities: readonly {
    readonly name: string;
    readonly stage: 'PROSPECTING' | 'QUALIFICATION' | 'PROPOSAL' | 'NEGOTIATION' | 'CLOSED_WON' | 'CLOSED_LOST';
    readonly amount: number;
    readonly closesOn: string;
    readonly probabilityPercent: number;
    /** Index into `orders` of the order it became. */
    readonly order: number | null;
    /** What was agreed where sales has won it and nobody has ordered it yet, at list price. */
    readonly agreed?: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
  }[];
  readonly quotes: readonly {
    readonly opportunity: number;
    readonly status: 'DRAFT' | 'PRESENTED' | 'ACCEPTED';
    readonly total: number;
    readonly expiresOn: string;
  }[];
  readonly orders: readonly {
    readonly orderedOn: string;
    readonly status:
      | 'PENDING_FULFILMENT'
      | 'PARTIALLY_FULFILLED'
      | 'PENDING_BILLING'
      | 'BILLED'
      | 'CLOSED'
      | 'CANCELLED';
    readonly purchaseOrderNumber: string | null;
    readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
    readonly net: number;
    readonly tax: number;
  }[];
  readonly invoices: readonly {
    readonly order: number | null;
    readonly issuedOn: string;
    readonly dueOn: string;
    readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[];
    readonly total: number;
    /** Still to be paid. */
    readonly balance: number;
    readonly status: 'OPEN' | 'PAID' | 'VOIDED';
  }[];
  readonly subscriptions: readonly {
    readonly startedOn: string;
    readonly status: 'ACTIVE' | 'PAST_DUE' | 'CANCELLED';
    /** First day of the running month. */
    readonly periodStartsOn: string;
    readonly periodEndsOn: string;
    readonly contractId: string;
    readonly items: readonly { readonly sku: string; readonly quantity: number }[];
    /** The day on which seats were last changed, for `amended-mid-term`. */
    readonly amendedOn: string | null;
    readonly cancelledOn: string | null;
  }[];
  readonly payments: readonly {
    readonly attemptedAt: string;
    readonly amount: number;
    readonly status: 'SUCCEEDED' | 'FAILED';
    readonly failureReason: string | null;
    readonly last4: string;
  }[];
  readonly cases: readonly {
    readonly subject: string;
    readonly status: 'NEW' | 'OPEN' | 'PENDING' | 'ON_HOLD' | 'SOLVED' | 'CLOSED';
    readonly severity: 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT';
    readonly escalated: boolean;
    readonly openedAt: string;
    readonly updatedAt: string;
    /** When the next promise falls due; null: nothing is owed. */
    readonly nextBreachAt: string | null;
    readonly requester: number;
  }[];
  readonly entitlements: readonly {
    /** Index into `subscriptions`. */
    readonly subscription: number;
    readonly sku: string;
    readonly seats: number;
    readonly seatsUsed: number;
    readonly startsOn: string;
  }[];
}
