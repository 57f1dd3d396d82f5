import type { Money } from '../../../platform/money.ts';
import { judgeAmount } from '../approvals/amount-limit.ts';
import type { Context } from '../loaders.ts';
import type { Process, ProcessId } from '../model.ts';
import { newProcessId } from '../new-ids.ts';
import { type RecordUsage, recordUsage } from '../sagas/record-usage.ts';
import type { RecordUsageInput, Rejection } from '../schema.generated.ts';
import { ClaimedMeanwhile, claimed } from '../usage/usage-store.ts';
import { judgeUsage, type UsageVerdict } from '../verdicts/record-usage.ts';
import type { UsageOutcome } from '../verdicts/usage-event.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';

const NAME = { act: 'recordUsage', kind: recordUsage.name };

/** Batches with the same events that are judged at the same time: each round one of them is accepted. */
const MOST_ROUNDS = 20;

export type UsageAnswer =
  | {
      readonly kind: 'RECORDED';
      readonly process: Process | null;
      readonly replayed: boolean;
      readonly outcomes: readonly UsageOutcome[];
      readonly worth: Money | null;
    }
  | { readonly kind: 'REFUSED'; readonly reasons: readonly Rejection[] };

/** Accepts what is right and new of a batch, as one process; what another batch was faster with is judged again. */
export async function recordUsageAct(context: Context, input: RecordUsageInput): Promise<UsageAnswer> {
  if (input.validateOnly) return validated(context, input);
  for (let round = 1; ; round += 1) {
    try {
      const answer = await acceptAct(context, NAME, input, rules(context, input));
      if (!answer.accepted) return answer.no;
      const { process, replayed, act } = answer;
      return { kind: 'RECORDED', process, replayed, outcomes: act.outcomes, worth: act.charges.oneTime };
    } catch (error) {
      if (!(error instanceof ClaimedMeanwhile) || round === MOST_ROUNDS) throw error;
    }
  }
}

async function validated(context: Context, input: RecordUsageInput): Promise<UsageAnswer> {
  judgeAmount(NAME.act, null, context.principal, context.approvalRules);
  const verdict = await judge(context, input, newProcessId(context.clock));
  if (verdict.kind !== 'PASSED') return asAnswer(verdict);
  const { outcomes, charges } = verdict.plan;
  return { kind: 'RECORDED', process: null, replayed: false, outcomes, worth: charges.oneTime };
}

const rules = (context: Context, input: RecordUsageInput): ActRules<RecordUsage, UsageAnswer> => ({
  judge: async (processId) => {
    const verdict = await judge(context, input, processId);
    if (verdict.kind !== 'PASSED') return { no: asAnswer(verdict) };
    const { plan, unusual } = verdict;
    const { customer, events, charges, writes } = plan;
    const [first, ...others] = new Set(events.map(({ subscriptionId }) => subscriptionId));
    return {
      passed: {
        act: plan,
        customer,
        contractId: null,
        region: null,
        amountAtRisk: charges.oneTime,
        subscriptionId: others.length === 0 ? (first ?? null) : null,
        changes: others.length === 0 ? [] : [first, ...others].map((one) => `subscription:${one}` as const),
        charges,
        writes,
        secondPerson: unusual,
        alongside: claimed(processId, customer.id, events),
      },
    };
  },
  lock: null,
  refusing: (reasons) => ({ kind: 'REFUSED', reasons }),
});

async function judge(context: Context, input: RecordUsageInput, processId: ProcessId): Promise<UsageVerdict> {
  refuseForeignWrites(context, NAME.act, { input });
  const { ports, usage, usageRules, clock, call } = context;
  return judgeUsage({ ports, usage, rules: usageRules, now: clock.now() }, input, processId, { ...call, fresh: true });
}

const asAnswer = (verdict: Exclude<UsageVerdict, { kind: 'PASSED' }>): UsageAnswer =>
  verdict.kind === 'REFUSED'
    ? { kind: 'REFUSED', reasons: verdict.reasons }
    : { kind: 'RECORDED', process: null, replayed: false, outcomes: verdict.outcomes, worth: null };
