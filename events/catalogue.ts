/** A system that owns an event: the only one whose word makes it true. */
export type EventOwner = 'HUB' | 'ERP' | 'BILLING' | 'CRM' | 'SUPPORT';

/**
 * The events of the customer lifecycle, in the hub's own words, each with the system whose word makes it true and the version
 * of its data. What a vendor calls it stops in that vendor's `webhook-source.ts`; what each one does is in `effects/declared.ts`.
 */
export const EVENTS = {
  CustomerChanged: {
    owner: 'HUB',
    version: 1,
    says: 'Something about the customer changed in the system that is named.',
  },
  OrderAccepted: { owner: 'ERP', version: 1, says: 'The ERP took an order in.' },
  OrderFulfilled: { owner: 'ERP', version: 1, says: 'The ERP delivered an order, or a part of it.' },
  ServiceOrderOpened: { owner: 'ERP', version: 1, says: 'Parts and a technician were planned for a case.' },
  ReturnCredited: { owner: 'ERP', version: 1, says: 'The ERP credited goods that are sent back.' },
  SubscriptionActivated: { owner: 'BILLING', version: 1, says: 'A subscription began.' },
  SubscriptionAmended: {
    owner: 'BILLING',
    version: 1,
    says: 'Items, terms or the billing entity of a subscription changed.',
  },
  SubscriptionRenewed: { owner: 'BILLING', version: 1, says: 'The next term of a subscription was agreed.' },
  SubscriptionCancelled: { owner: 'BILLING', version: 1, says: 'A subscription ended.' },
  RenewalDue: {
    owner: 'BILLING',
    version: 1,
    says: 'The term of a subscription ends within the renewal window, once per term.',
  },
  InvoicePosted: { owner: 'ERP', version: 1, says: 'The ERP posted an invoice to the books.' },
  InvoiceIssued: { owner: 'BILLING', version: 1, says: 'Billing issued an invoice.' },
  InvoiceVoided: { owner: 'BILLING', version: 1, says: 'Billing took an invoice back.' },
  PaymentSettled: { owner: 'BILLING', version: 1, says: 'An invoice was paid.' },
  PaymentFailed: { owner: 'BILLING', version: 1, says: 'A payment attempt failed.' },
  CaseChanged: { owner: 'SUPPORT', version: 1, says: 'A support case was opened or changed.' },
  CaseEscalated: { owner: 'SUPPORT', version: 1, says: 'A support case was escalated.' },
  UsageThresholdReached: {
    owner: 'BILLING',
    version: 1,
    says: 'Use reached a share of what is included, once per period.',
  },
  EntitlementChanged: { owner: 'SUPPORT', version: 1, says: 'What a customer is entitled to changed.' },
  EventSubscriptionDisabled: {
    owner: 'HUB',
    version: 1,
    says: 'The hub stopped sending events to a subscriber; its subscription says why.',
  },
} as const satisfies Record<string, { owner: EventOwner; version: number; says: string }>;

export type EventName = keyof typeof EVENTS;

/** Whether the system's word makes the event true. What is the hub's, any system may give cause to. */
export const mayTell = (system: string, name: EventName): boolean => [system, 'HUB'].includes(EVENTS[name].owner);

export const isEventName = (name: string): name is EventName => Object.hasOwn(EVENTS, name);
