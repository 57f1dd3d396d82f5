import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import { type RenewSubscription, renewSubscription } from '../sagas/renew-subscription.ts';
import type { Rejection, RenewSubscriptionInput } from '../schema.generated.ts';
import { judgeRenewal } from '../verdicts/renew-subscription.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';
import { alone, subscriptionLock } from './subscription-lock.ts';

const NAME = { act: 'renewSubscription', kind: renewSubscription.name };

export const renewSubscriptionAct = (context: Context, input: RenewSubscriptionInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewRenewal = (context: Context, input: RenewSubscriptionInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: RenewSubscriptionInput): ActRules<RenewSubscription, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, NAME.act, { input });
    const { ports, call, clock, ownership } = context;
    const given = { today: day(clock), ownerOf: ownerIn(ownership) };
    const verdict = await alone(context, input, judgeRenewal(ports, input, given, { ...call, fresh: true }));
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount } = verdict.plan;
    const { customer, contractId, charges, writes } = act;
    const { subscriptionId } = act.renewal;
    const changes = act.opportunityId === null ? [] : [`opportunity:${act.opportunityId}` as const];
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
