import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import { type AmendSubscription, amendSubscription } from '../sagas/amend-subscription.ts';
import type { AmendSubscriptionInput, Rejection } from '../schema.generated.ts';
import { judgeAmendment } from '../verdicts/amend-subscription.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';

const NAME = { act: 'amendSubscription', kind: amendSubscription.name };

export const amendSubscriptionAct = (context: Context, input: AmendSubscriptionInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewAmendment = (context: Context, input: AmendSubscriptionInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: AmendSubscriptionInput): ActRules<AmendSubscription, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, NAME.act, { input });
    const verdict = await judge(context, input);
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount } = verdict.plan;
    const { customer, contractId, amendment, charges, writes } = act;
    const { subscriptionId } = amendment;
    return { passed: { act, customer, contractId, region, amountAtRisk: amount, subscriptionId, charges, writes } };
  },
  lock: { name: lockOf(input), taken: (processId) => [running(processId)] },
});

async function judge(context: Context, input: AmendSubscriptionInput) {
  const { ports, call, clock, ownership, engine } = context;
  const [verdict, holder] = await Promise.all([
    judgeAmendment(ports, input, { today: day(clock), ownerOf: ownerIn(ownership) }, { ...call, fresh: true }),
    engine.holderOf(lockOf(input)),
  ]);
  const isKnown = verdict.passed || verdict.reasons.every(({ code }) => code !== 'UNKNOWN_SUBSCRIPTION');
  if (holder === null || !isKnown) return verdict; // what changes another's subscription is not told
  return { passed: false as const, reasons: [...(verdict.passed ? [] : verdict.reasons), running(holder)] };
}

/** One amendment of a subscription at a time: a second one would be judged by what is half changed. */
const lockOf = ({ subscriptionId }: AmendSubscriptionInput): string => `subscription:${subscriptionId}`;

const running = (processId: string): Rejection => ({
  code: 'PROCESS_RUNNING',
  system: 'HUB',
  field: 'subscriptionId',
  message: `process ${processId} is changing this subscription; come again when it has ended`,
});
