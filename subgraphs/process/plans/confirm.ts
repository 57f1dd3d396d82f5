import { instant } from '../../../platform/clock.ts';
import { type Asked, hashOf } from '../../../platform/saga/accept.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import type { Passed } from '../acts/accept.ts';
import type { Context } from '../loaders.ts';
import type { ProcessId } from '../model.ts';
import { newPlanId } from '../new-ids.ts';
import type { Rejection } from '../schema.generated.ts';
import { confirmed, type Plan } from './plan-store.ts';
import { type Change, changedSince, restsOn } from './rests-on.ts';

/** How long a plan can be confirmed: a person decides in between. */
export const PLAN_MINUTES = 60;

type Said = Pick<Asked, 'kind' | 'said' | 'principalId'>;

/** Keeps what an act that passed would do, for this caller, this act and this input. */
export async function keepPlan<Act>(
  { plans, clock }: Context,
  asked: Said,
  processId: ProcessId,
  { alongside: _, ...passed }: Passed<Act>,
): Promise<{ planId: string; expiresAt: string }> {
  const planId = newPlanId(clock);
  const expiresAt = new Date(clock.now() + PLAN_MINUTES * 60_000).toISOString();
  await reachable(
    plans.keep({
      id: planId,
      principalId: asked.principalId,
      kind: asked.kind,
      inputHash: hashOf(asked),
      passed,
      restsOn: restsOn(processId, passed),
      expiresAt,
    }),
  );
  return { planId, expiresAt };
}

/** The plan that the caller confirms, or why there is none to run. */
export async function planToConfirm(
  { plans, clock }: Context,
  asked: Said,
  planId: string,
): Promise<{ plan: Plan } | { reasons: readonly Rejection[] }> {
  const plan = await reachable(plans.find({ id: planId, principalId: asked.principalId, kind: asked.kind }));
  if (plan === null) return no('UNKNOWN_PLAN', 'you have no such plan for this act; make one by previewing it');
  if (plan.runId !== null) return no('PLAN_USED', `process ${plan.runId} runs this plan; a plan is confirmed once`);
  if (plan.expiresAt <= instant(clock)) {
    return no('PLAN_EXPIRED', `this plan could be confirmed until ${plan.expiresAt}; preview the act again`);
  }
  if (plan.inputHash !== hashOf(asked)) {
    return no(
      'BAD_VALUE',
      'this plan was made for other input; repeat the input that was previewed, or preview this one',
    );
  }
  return { plan };
}

/**
 * Runs the plan when nothing that it rests on changed since, else says what did and keeps the plan as it would be now.
 * @param passed the same act, judged now
 */
export async function holdTo<Act>(
  context: Context,
  asked: Said,
  plan: Plan,
  processId: ProcessId,
  passed: Passed<Act>,
): Promise<{ passed: Passed<Act> } | { reasons: readonly Rejection[] }> {
  const changes = changedSince(plan.restsOn, restsOn(processId, passed));
  if (changes.length > 0) {
    const { planId } = await keepPlan(context, asked, processId, passed);
    return { reasons: changes.map((change) => changed(change, planId)) };
  }
  const note = confirmed(plan.id, processId);
  return {
    passed: {
      ...(plan.passed as Passed<Act>), // kept by `keepPlan` for an act of this kind
      alongside: async (trx) => {
        await note(trx);
        await passed.alongside?.(trx);
      },
    },
  };
}

const no = (code: Rejection['code'], message: string): { reasons: readonly Rejection[] } => ({
  reasons: [{ code, system: 'HUB', field: 'confirm', message }],
});

const changed = ({ field, is, was, now }: Change, newPlanId: string): Rejection => ({
  code: 'PLAN_CHANGED',
  system: 'HUB',
  field,
  previewedValue: was,
  currentValue: now,
  newPlanId,
  message:
    is === 'HELD'
      ? `${field} was changed since this was previewed; look at it, and confirm plan ${newPlanId} to run the act as it would be now`
      : `${field} would come out differently now than was previewed; confirm plan ${newPlanId} to run the act as it would be now`,
});
