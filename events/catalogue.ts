/** A system that owns an event: the only one whose word makes it true. */
export type EventOwner = 'HUB' | 'ERP' | 'BILLING' | 'CRM' | 'SUPPORT';

/**
 * The events of the customer lifecycle, in the hub's own words, each with the system whose word makes it true and the version
 * of its data. What a vendor calls it stops in `ingest/sources`.
 */
export const EVENTS = {
  CustomerChanged: {
    owner: 'HUB',
    version: 1,
    says: 'Something about the customer changed in the system that is named.',
  },
  SubscriptionActivated: { owner: 'BILLING', version: 1, says: 'A subscription began.' },
  SubscriptionAmended: {
    owner: 'BILLING',
    version: 1,
    says: 'Items, terms or the billing entity of a subscription changed.',
  },
  SubscriptionCancelled: { owner: 'BILLING', version: 1, says: 'A subscription ended.' },
  InvoiceIssued: { owner: 'BILLING', version: 1, says: 'Billing issued an invoice.' },
  InvoiceVoided: { owner: 'BILLING', version: 1, says: 'Billing took an invoice back.' },
  PaymentSettled: { owner: 'BILLING', version: 1, says: 'An invoice was paid.' },
  PaymentFailed: { owner: 'BILLING', version: 1, says: 'A payment attempt failed.' },
  CaseChanged: { owner: 'SUPPORT', version: 1, says: 'A support case was opened or changed.' },
  UsageThresholdReached: {
    owner: 'BILLING',
    version: 1,
    says: 'Use reached a share of what is included, once per period.',
  },
  EntitlementChanged: { owner: 'SUPPORT', version: 1, says: 'What a customer is entitled to changed.' },
} as const satisfies Record<string, { owner: EventOwner; version: number; says: string }>;

export type EventName = keyof typeof EVENTS;

export const isEventName = (name: string): name is EventName => Object.hasOwn(EVENTS, name);
