import type { Id } from '../../platform/ids.ts';
import type { Money } from '../../platform/money.ts';

export type CrmAccountId = Id<'CrmAccount'>;
export type ContactId = Id<'Contact'>;
export type OpportunityId = Id<'Opportunity'>;
export type QuoteId = Id<'Quote'>;

export type OpportunityStage =
  | 'PROSPECTING'
  | 'QUALIFICATION'
  | 'PROPOSAL'
  | 'NEGOTIATION'
  | 'CLOSED_WON'
  | 'CLOSED_LOST';
/** How likely the customer is to stay, as those who look after it see it. */
export type AccountHealth = 'GOOD' | 'AT_RISK' | 'CRITICAL';
export type QuoteStatus = 'DRAFT' | 'IN_REVIEW' | 'PRESENTED' | 'ACCEPTED' | 'REJECTED';

export interface CrmAccount {
  readonly id: CrmAccountId;
  readonly hubId: string | null;
  /** As sales calls it; the legal name is the ERP's. */
  readonly name: string;
  readonly segment: string | null;
  readonly industry: string | null;
  readonly region: string | null;
  readonly website: string | null;
  readonly accountOwner: { readonly name: string; readonly email: string | null } | null;
  readonly salesParentId: CrmAccountId | null;
  /** What the CRM was last told of the customer's subscriptions, before tax per month; null until told. */
  readonly contractedMonthly: Money | null;
  /** null: nobody said anything yet. */
  readonly health: AccountHealth | null;
  /** Why it is so, for people to read. */
  readonly healthReason: string | null;
  /** As sales keeps it; the ERP owns the address once there is an order. null: none is held. */
  readonly billingAddress: PostalAddress | null;
  /** When the record was read. */
  readonly asOf: string;
}

export interface Contact {
  readonly id: ContactId;
  /** null: it belongs to no account. */
  readonly accountId: CrmAccountId | null;
  readonly name: string;
  readonly title: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** null: never asked. */
  readonly emailConsent: boolean | null;
}

export interface Opportunity {
  readonly id: OpportunityId;
  /** null: it belongs to no account. */
  readonly accountId: CrmAccountId | null;
  readonly name: string;
  readonly stage: OpportunityStage;
  readonly amount: Money | null;
  readonly closesOn: string;
  readonly probabilityPercent: number | null;
  readonly salesOrderNumber: string | null;
  /** The quote that sales keeps in step with the opportunity; null: none. */
  readonly quoteId: QuoteId | null;
}

/** What a quote or an opportunity offers: one SKU at one price. */
export interface QuoteLine {
  readonly sku: string;
  readonly quantity: number;
  /** Of one unit, one month for a subscription, with every discount taken off; before tax. */
  readonly unitPrice: Money;
}

export interface Quote {
  readonly id: QuoteId;
  /** null: it belongs to no account. */
  readonly accountId: CrmAccountId | null;
  readonly number: string;
  readonly status: QuoteStatus;
  readonly total: Money | null;
  readonly expiresOn: string | null;
  readonly opportunityId: OpportunityId | null;
}

/** An opportunity that became an order. */
export interface ClosedWon {
  readonly opportunityId: OpportunityId;
  readonly accountId: CrmAccountId;
  readonly salesOrderNumber: string;
  readonly amount: Money;
  readonly closedOn: string;
}

/** What the CRM is told of a subscription that was opened or amended. */
export interface ContractNews {
  readonly accountId: CrmAccountId;
  readonly subscriptionId: string;
  readonly contractedMonthly: Money;
  readonly summary: string;
}

/** Something that was done for an account, for people to read. */
export interface Activity {
  readonly accountId: CrmAccountId;
  /** At most 200 characters. */
  readonly subject: string;
  readonly text: string;
}

/** Something that somebody is to do for an account. */
export interface FollowUpTask {
  readonly accountId: CrmAccountId;
  /** At most 200 characters. */
  readonly subject: string;
  readonly text: string;
  /** `YYYY-MM-DD`. */
  readonly dueOn: string;
  readonly urgent: boolean;
}

/** An account that the CRM does not hold yet, with the person to talk to. */
export interface CrmAccountDraft {
  readonly hubId: string;
  readonly name: string;
  readonly currency: string;
  /** Sales region. Example: `EMEA`. */
  readonly region: string | null;
  readonly fields: Omit<CrmAccountChange, 'accountId'>;
  readonly contact: { readonly firstName: string; readonly lastName: string; readonly email: string };
}

export interface CrmAccountChange {
  readonly accountId: CrmAccountId;
  readonly segment?: string;
  readonly industry?: string;
  readonly website?: string;
  readonly billingAddress?: PostalAddress;
  /** null: nothing is said of it any more. */
  readonly health?: AccountHealth | null;
  readonly healthReason?: string | null;
}

export interface PostalAddress {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly region: string | null;
  readonly postalCode: string | null;
  readonly country: string | null;
}

/** The customer as this subgraph refers to it; null: this system does not know the customer, and nothing is asked of it. */
export interface CustomerRef {
  readonly crmAccountId: CrmAccountId | null;
}
