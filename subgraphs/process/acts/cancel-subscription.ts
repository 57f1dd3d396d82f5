import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import { type CancelSubscription, cancelSubscription } from '../sagas/cancel-subscription.ts';
import type { CancelSubscriptionInput, Rejection } from '../schema.generated.ts';
import { judgeCancellation } from '../verdicts/cancel-subscription.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';
import { alone, subscriptionLock } from './subscription-lock.ts';

const NAME = { act: 'cancelSubscription', kind: cancelSubscription.name };

export const cancelSubscriptionAct = (context: Context, input: CancelSubscriptionInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewCancellation = (context: Context, input: CancelSubscriptionInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (
  context: Context,
  input: CancelSubscriptionInput,
): ActRules<CancelSubscription, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, NAME.act, { input });
    const { ports, call, clock, ownership } = context;
    const given = { today: day(clock), ownerOf: ownerIn(ownership) };
    const verdict = await alone(context, input, judgeCancellation(ports, input, given, { ...call, fresh: true }));
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, orderIds, region, amount } = verdict.plan;
    const { customer, contractId, charges, writes } = act;
    const { subscriptionId } = act.cancellation;
    const changes = orderIds.map((one) => `salesOrder:${one}` as const);
    const passed = {
      act,
      customer,
      contractId,
      region,
      amountAtRisk: amount,
      subscriptionId,
      changes,
      charges,
      writes,
    };
    return { passed };
  },
  lock: subscriptionLock(input),
});
