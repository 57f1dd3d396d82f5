import { saga } from '../../../platform/saga/saga.ts';
import type { BillingCustomerId, SubscriptionId } from '../../billing/model.ts';
import type { ChargeSummary, KnownCustomer, PlannedWrite } from '../model.ts';
import { EVENTS_OF_A_STEP, postUsage } from '../steps/billing/post-usage.ts';
import { noteThresholds } from '../steps/hub/note-thresholds.ts';
import type { StepContext } from '../systems.ts';
import type { AcceptedUsage } from '../usage/usage-store.ts';
import type { UsageOutcome } from '../verdicts/usage-event.ts';

/** A batch of which at least one event passed. */
export interface RecordUsage {
  readonly processId: string;
  readonly customer: KnownCustomer;
  readonly billingCustomerId: BillingCustomerId;
  readonly events: readonly AcceptedUsage[];
  /** What the caller was told of each event. */
  readonly outcomes: readonly UsageOutcome[];
  /** What it comes to beyond what is included. */
  readonly charges: ChargeSummary;
  readonly writes: readonly PlannedWrite[];
}

/** The events go to billing by the hundred; then it is told which thresholds they reached. */
export const recordUsage = saga<StepContext, RecordUsage, { events: number }>({
  name: 'record-usage',
  steps: [...postUsage, noteThresholds],
  run: async (run, { processId, customer, billingCustomerId, events }) => {
    for (const [nth, post] of postUsage.entries()) {
      const part = events.slice(nth * EVENTS_OF_A_STEP, (nth + 1) * EVENTS_OF_A_STEP);
      if (part.length === 0) break;
      await run.step(post, {
        customerId: billingCustomerId,
        subscriptions: subscriptionsOf(part),
        events: part.map(({ meter, quantity, countedAt }) => ({ meter, quantity, occurredAt: countedAt })),
      });
    }
    await run.step(noteThresholds, { processId, customerId: customer.id, subscriptions: subscriptionsOf(events) });
    return { events: events.length };
  },
});

const subscriptionsOf = (events: readonly AcceptedUsage[]): SubscriptionId[] => [
  ...new Set(events.map(({ subscriptionId }) => subscriptionId as SubscriptionId)), // judged: billing knows them
];
