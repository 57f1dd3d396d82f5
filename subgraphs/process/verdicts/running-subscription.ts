import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import type { Subscription, SubscriptionStatus } from '../../billing/model.ts';
import type { ErpCustomer, ErpCustomerId } from '../../erp/model.ts';
import type { KnownCustomer } from '../model.ts';
import type { Ports } from '../systems.ts';
import { isId } from './input.ts';
import { asKnown, lacks, regionOf } from './known-customer.ts';
import type { Reasons } from './verdict.ts';

/** A subscription with the customer to whom it belongs, as an act on its terms needs both. */
export interface RunningSubscription {
  readonly subscription: Subscription;
  readonly customer: KnownCustomer & { readonly erpCustomerId: ErpCustomerId };
  readonly legal: ErpCustomer;
  readonly region: string | null;
}

/**
 * The subscription that the caller means, and its customer in the ERP; null, with the reasons told, where one of them is not
 * there. Whether it is in a state that fits the act is for the act to say.
 */
export async function findRunning(
  ports: Ports,
  subscriptionId: string,
  reading: Call,
  reasons: Reasons,
): Promise<RunningSubscription | null> {
  const [subscription] = isId(subscriptionId)
    ? await ports.billing.subscriptions([id<'Subscription'>(subscriptionId)], reading)
    : [];
  if (!subscription) {
    reasons.add('UNKNOWN_SUBSCRIPTION', 'BILLING', 'billing has no such subscription', 'subscriptionId');
    return null;
  }
  const [found] = await ports.identity.byExternalId(
    [{ system: 'BILLING', externalId: subscription.customerId }],
    reading,
  );
  if (!found) {
    reasons.add(
      'UNKNOWN_CUSTOMER',
      'HUB',
      'the subscription belongs to a customer that the register does not know; link it first',
      'subscriptionId',
    );
    return null;
  }
  const customer = asKnown(found);
  if (ports.support.capabilities.entitlements) lacks('SUPPORT', customer.supportOrgId, reasons, 'subscriptionId');
  const { erpCustomerId } = customer;
  if (lacks('ERP', erpCustomerId, reasons, 'subscriptionId') || erpCustomerId === null) return null;
  const [[legal], region] = await Promise.all([
    ports.erp.customers([erpCustomerId], reading),
    regionOf(ports, customer.crmAccountId, reading),
  ]);
  if (!legal) {
    lacks('ERP', null, reasons, 'subscriptionId');
    return null;
  }
  return { subscription, customer: { ...customer, erpCustomerId }, legal, region };
}

/** Says that the subscription is in another state than those. */
export function judgeStatus(
  { status, cancelledOn }: Subscription,
  fit: readonly SubscriptionStatus[],
  may: string,
  reasons: Reasons,
): void {
  if (fit.includes(status)) return;
  const why = cancelledOn === null ? `is ${status}` : `ended on ${cancelledOn}`;
  const message = `the subscription ${why}; only one that is ${fit.join(', ')} can be ${may}`;
  reasons.add('CONTRACT_STATE', 'BILLING', message, 'subscriptionId');
}

/** The first day on which the subscription would not run any more without another renewal. */
export const termEndOf = ({ agreedTerm, currentTermEndsOn }: Subscription): string =>
  agreedTerm !== null && agreedTerm.endsOn > currentTermEndsOn ? agreedTerm.endsOn : currentTermEndsOn;

/** Whether it ends with its term already. */
export const isEnding = ({ agreedTerm, renewsOn }: Subscription): boolean =>
  renewsOn === null || agreedTerm?.runsOn === false;
