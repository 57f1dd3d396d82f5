import { createHash } from 'node:crypto';
import { type Decimal, decimalOf, decimalText, isWhole } from '../../../platform/decimal.ts';
import type { Subscription, SubscriptionUsage } from '../../billing/model.ts';
import type { ProcessId } from '../model.ts';
import type { UsageEventInput, UsageEventState, UsageRejection } from '../schema.generated.ts';
import type { UsageRules } from '../usage/usage-rules.ts';
import type { AcceptedUsage } from '../usage/usage-store.ts';
import { isId } from './input.ts';

/** What the caller is told of one event. */
export interface UsageOutcome {
  readonly id: string;
  readonly state: UsageEventState;
  readonly reason: UsageRejection | null;
  readonly message: string | null;
  readonly field: string | null;
  readonly countedAt: string | null;
  /** For a duplicate: what counts it. */
  readonly processId: ProcessId | null;
}

/** What an event is judged by. */
export interface UsageGrounds {
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly usage: ReadonlyMap<string, SubscriptionUsage>;
  /** Whose batch it is, as billing knows him. */
  readonly billingCustomerId: string;
  readonly fractional: boolean;
  readonly rules: UsageRules;
  /** Milliseconds. */
  readonly now: number;
}

export type JudgedEvent =
  | { readonly passed: true; readonly event: AcceptedUsage; readonly quantity: Decimal; readonly aboveLimit: boolean }
  | { readonly passed: false; readonly reason: UsageRejection; readonly message: string; readonly field: string };

/** How far clocks may differ; Stripe takes as much. */
const AHEAD_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** Statuses in which usage is billed no more. */
const ENDED = new Set<Subscription['status']>(['CANCELLED', 'INCOMPLETE']);

/** Judges one event by itself: not whether it was told before. */
export function judgeEvent(given: UsageEventInput, grounds: UsageGrounds): JudgedEvent {
  const { rules, now } = grounds;
  const no = (reason: UsageRejection, field: string, message: string): JudgedEvent => ({
    passed: false,
    reason,
    field,
    message,
  });
  if (!isId(given.id)) return no('BAD_ID', 'id', 'an id is 1 to 100 printable ASCII characters');
  const subscription = grounds.subscriptions.get(given.subscriptionId);
  if (!subscription) return no('UNKNOWN_SUBSCRIPTION', 'subscriptionId', 'billing has no such subscription');
  if (subscription.customerId !== grounds.billingCustomerId) {
    return no('OTHER_CUSTOMER', 'subscriptionId', 'this is another customer’s; send one batch for each customer');
  }
  if (ENDED.has(subscription.status)) {
    return no(
      'SUBSCRIPTION_ENDED',
      'subscriptionId',
      `this subscription is ${subscription.status}; nothing is billed for it`,
    );
  }
  const metered = subscription.metered.find(({ sku }) => sku === given.sku);
  if (!metered) {
    const byUse = subscription.metered.map(({ sku }) => sku).join(', ') || 'nothing';
    return subscription.items.some(({ sku }) => sku === given.sku)
      ? no('NOT_METERED', 'sku', `this product is paid for by quantity; by use, the subscription pays for ${byUse}`)
      : no('UNKNOWN_METER', 'sku', `the subscription has no such product; by use, it pays for ${byUse}`);
  }
  const quantity = decimalOf(given.quantity);
  if (quantity <= 0n)
    return no('BAD_QUANTITY', 'quantity', 'a quantity is above zero; usage is taken back by operators');
  if (!grounds.fractional && !isWhole(quantity)) {
    return no('BAD_QUANTITY', 'quantity', 'billing counts whole units only; add fractions up before they are sent');
  }
  const aboveLimit = quantity > decimalOf(String(rules.mostPerEvent));
  if (aboveLimit && rules.aboveLimit === 'reject') {
    return no('ABOVE_LIMIT', 'quantity', `the hub takes at most ${rules.mostPerEvent} units in one event`);
  }
  const occurred = Date.parse(given.occurredAt);
  if (occurred > now + AHEAD_MS) {
    return no('IN_FUTURE', 'occurredAt', `at most 5 minutes ahead of the hub’s clock, ${new Date(now).toISOString()}`);
  }
  const starts = grounds.usage.get(given.subscriptionId)?.periodStartsOn ?? subscription.currentTermStartsOn;
  const opens = Date.parse(`${starts}T00:00:00Z`);
  if (occurred < opens && rules.closedPeriod === 'reject') {
    return no('PERIOD_CLOSED', 'occurredAt', `the open period began on ${starts}; what was used before is invoiced`);
  }
  const counted = Math.max(occurred, opens);
  const oldest = now - rules.mostDaysBack * DAY_MS;
  if (counted < oldest) {
    return no(
      'TOO_OLD',
      'occurredAt',
      `at most ${rules.mostDaysBack} days ago, from ${new Date(oldest).toISOString()} on`,
    );
  }
  const event = {
    id: given.id,
    subscriptionId: given.subscriptionId,
    sku: given.sku,
    meter: metered.meter,
    quantity: decimalText(quantity),
    occurredAt: new Date(occurred).toISOString(),
    countedAt: new Date(counted).toISOString(),
  };
  return { passed: true, event: { ...event, content: contentOf(event) }, quantity, aboveLimit };
}

/** The same for what says the same, however it is written: `5` and `5.00` are one quantity. */
const contentOf = (event: Omit<AcceptedUsage, 'content' | 'meter' | 'countedAt' | 'id'>): string =>
  createHash('sha256')
    .update(JSON.stringify([event.subscriptionId, event.sku, event.quantity, event.occurredAt]))
    .digest('base64url');

/** What a repeated event is held against, though it would not pass any more: its period may be closed by now. */
export const contentGiven = (given: UsageEventInput): string =>
  contentOf({
    subscriptionId: given.subscriptionId,
    sku: given.sku,
    quantity: decimalText(decimalOf(given.quantity)),
    occurredAt: new Date(Date.parse(given.occurredAt)).toISOString(),
  });
