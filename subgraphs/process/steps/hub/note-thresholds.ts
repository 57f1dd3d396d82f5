import type { SubscriptionId } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

export interface PostedUsage {
  readonly processId: string;
  readonly customerId: string;
  readonly subscriptions: readonly SubscriptionId[];
}

/** Tells once for each period that a subscription's usage has reached a share of what is included. */
export const noteThresholds = step({
  name: 'note-thresholds',
  owner: 'HUB',
  do: async ({ billing, thresholds, reading, now }, { processId, customerId, subscriptions }: PostedUsage) => {
    const usage = await billing.usage(
      subscriptions.map((subscriptionId) => ({ subscriptionId, days: null })),
      reading,
    );
    const posting = { processId, customerId, correlationId: reading.correlationId, at: now() };
    const known = usage.filter((one) => one !== null);
    return { reached: await thresholds(known, posting) };
  },
  stated: NOTHING,
  undo: { never: 'it was told that a threshold was reached; what is taken back later does not make that untrue' },
});
