import { day } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import { judgeAmount } from '../approvals/amount-limit.ts';
import type { Context } from '../loaders.ts';
import type { Process, ProcessId } from '../model.ts';
import { ownerIn } from '../owner-of.ts';
import { saidReason } from '../refusal.ts';
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
    const { ports, call, clock, ownership, renewalWindowDays: windowDays } = context;
    const given = { today: day(clock), now: clock.now(), windowDays, ownerOf: ownerIn(ownership) };
    const verdict = await alone(context, input, judgeRenewal(ports, input, given, { ...call, fresh: true }));
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount } = verdict.plan;
    const { customer, contractId, charges, writes } = act;
    const { subscriptionId } = act.renewal;
    // Thousands fall due on one day: what people wait for goes first.
    const begins = act.beginsAt === null ? null : ({ notBefore: act.beginsAt, work: 'BULK' } as const);
    const changes = act.opportunityId === null ? [] : [`opportunity:${act.opportunityId}` as const];
    const passed = {
      act,
      customer,
      contractId,
      region,
      amountAtRisk: amount,
      subscriptionId,
      changes,
      begins,
      charges,
      writes,
    };
    return { passed };
  },
  lock: subscriptionLock(input),
});

/** Ends a renewal that has not begun; once more is the same as once. @throws NOT_FOUND, CONFLICT once it has begun, INVALID, FORBIDDEN */
export async function withdrawRenewal(context: Context, processId: ProcessId, given: string): Promise<Process> {
  const { engine, store, principal, approvalRules } = context;
  judgeAmount('withdrawRenewal', null, principal, approvalRules);
  const reason = saidReason(given);
  const find = async (): Promise<Process> => {
    const [process] = await reachable(store.processes([processId]));
    if (process?.kind === NAME.kind) return process;
    throw new HubError('NOT_FOUND', `there is no renewal ${processId}`, { field: 'processId' });
  };
  const { state, reason: withdrawnFor } = await find();
  if (state !== 'REJECTED' || withdrawnFor !== reason) await engine.withdraw(processId, reason, principal.id);
  return find();
}
