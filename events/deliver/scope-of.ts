import type { Scope } from '../../platform/keys/scopes.ts';
import { type EventName, isEventName } from '../catalogue.ts';

/** The scope without which a key is not told of an event: the one by which it would read what the event is about. */
export const SCOPE_OF = {
  CustomerChanged: 'customer:read',
  OrderAccepted: 'order:read',
  OrderFulfilled: 'order:read',
  ServiceOrderOpened: 'order:read',
  ReturnCredited: 'order:read',
  SubscriptionActivated: 'subscription:read',
  SubscriptionAmended: 'subscription:read',
  SubscriptionRenewed: 'subscription:read',
  SubscriptionCancelled: 'subscription:read',
  RenewalDue: 'subscription:read',
  InvoicePosted: 'invoice:read',
  InvoiceIssued: 'invoice:read',
  InvoiceVoided: 'invoice:read',
  PaymentSettled: 'invoice:read',
  PaymentFailed: 'invoice:read',
  CaseChanged: 'support:read',
  CaseEscalated: 'support:read',
  UsageThresholdReached: 'subscription:read',
  EntitlementChanged: 'subscription:read',
  EventSubscriptionDisabled: 'operate',
} as const satisfies Record<EventName, Scope>;

/** null: the hub knows no such event any more, so nobody is told. */
export const scopeOf = (event: string): Scope | null => (isEventName(event) ? SCOPE_OF[event] : null);
