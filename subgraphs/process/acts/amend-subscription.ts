import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import { type AmendSubscription, amendSubscription } from '../sagas/amend-subscription.ts';
import type { AmendSubscriptionInput, Rejection } from '../schema.generated.ts';
import { judgeAmendment } from '../verdicts/amend-subscription.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';
import { alone, subscriptionLock } from './subscription-lock.ts';

const NAME = { act: 'amendSubscription', kind: amendSubscription.name };

export const amendSubscriptionAct = (context: Context, input: AmendSubscriptionInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewAmendment = (context: Context, input: AmendSubscriptionInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: AmendSubscriptionInput): ActRules<AmendSubscription, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, NAME.act, { input });
    const { ports, call, clock, ownership } = context;
    const given = { today: day(clock), ownerOf: ownerIn(ownership) };
    const verdict = await alone(context, input, judgeAmendment(ports, input, given, { ...call, fresh: true }));
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount } = verdict.plan;
    const { customer, contractId, amendment, charges, writes } = act;
    const { subscriptionId } = amendment;
    return { passed: { act, customer, contractId, region, amountAtRisk: amount, subscriptionId, charges, writes } };
  },
  lock: subscriptionLock(input),
});
