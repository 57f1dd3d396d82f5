import type { Kind } from '../acts.ts';

export const SUBSCRIPTIONS: readonly Kind[] = [
  {
    weight: 3,
    act: 'amendSubscription',
    key: 'portal',
    types: ['AmendSubscriptionInput', 'AmendmentAccepted'],
    input: ({ subscription }, _nr, random) => {
      const [item] = subscription?.items ?? [];
      if (!subscription || !item) return null;
      const items = [{ sku: item.sku, quantity: item.quantity + random.int(1, 9) }];
      return { subscriptionId: subscription.id, items };
    },
  },
  {
    weight: 1,
    act: 'renewSubscription',
    key: 'portal',
    types: ['RenewSubscriptionInput', 'RenewalAccepted'],
    input: ({ subscription }, _nr, random) =>
      subscription && { subscriptionId: subscription.id, termMonths: random.pick([6, 12, 24]) },
  },
  {
    weight: 1,
    act: 'cancelSubscription',
    key: 'portal',
    types: ['CancelSubscriptionInput', 'CancellationAccepted'],
    input: ({ subscription }, _nr, random) =>
      subscription && {
        subscriptionId: subscription.id,
        when: random.weighted([
          ['TERM_END', 3],
          ['NOW', 1],
        ]),
        reason: 'moves away',
      },
  },
  {
    weight: 1,
    act: 'changeBillingEntity',
    key: 'operator',
    types: ['ChangeBillingEntityInput', 'BillingEntityChangeAccepted'],
    // there and, some acts later, back
    input: ({ subscription, legalEntityId, otherEntityId }, _nr, random) =>
      subscription && otherEntityId !== null
        ? {
            subscriptionId: subscription.id,
            billingEntityId: random.pick([otherEntityId, legalEntityId]),
          }
        : null,
  },
  {
    weight: 2,
    act: 'recordUsage',
    key: 'operator',
    types: ['RecordUsageInput', 'UsageRecorded'],
    says: 'accepted',
    input: ({ subscription }, nr, random) => {
      const [meter] = subscription?.usage ?? [];
      if (!subscription || !meter) return null;
      const events = [1, 2, 3].map((nth) => ({
        id: `chaos-${nr}-${nth}`,
        subscriptionId: subscription.id,
        sku: meter.sku,
        quantity: String(random.int(1, 20)),
        occurredAt: new Date().toISOString(),
      }));
      return { events };
    },
  },
];
