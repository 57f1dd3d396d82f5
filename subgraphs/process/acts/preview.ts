import { type Above, alwaysAsked, amountOf, judgeAmount } from '../approvals/amount-limit.ts';
import type { Context } from '../loaders.ts';
import type { ChargeSummary, PlannedWrite } from '../model.ts';
import { newProcessId } from '../new-ids.ts';
import { keepPlan } from '../plans/confirm.ts';
import { saidIn } from '../verdicts/input.ts';
import type { ActName, ActRules, Envelope } from './accept.ts';

/** What an act would do; nothing is done, and the plan is kept for `confirm`. */
export interface Previewed {
  readonly planId: string;
  readonly expiresAt: string;
  readonly writes: readonly PlannedWrite[];
  readonly charges: ChargeSummary | null;
  /** The limit above which it would wait for a second person; null: it would run at once. */
  readonly approval: Above | null;
}

/**
 * Judges an act as accepting it would, and keeps what it would do for an hour: for this caller, this act and this input.
 * @throws LIMIT_EXCEEDED, FORBIDDEN, NOT_OWNER, as the act would
 */
export async function previewAct<Act, No>(
  context: Context,
  name: ActName,
  input: Envelope,
  rules: ActRules<Act, No>,
): Promise<Previewed | { readonly no: No }> {
  const { principal, clock, approvalRules } = context;
  judgeAmount(name.act, null, principal, approvalRules);
  const id = newProcessId(clock);
  const verdict = await rules.judge(id);
  if ('no' in verdict) return verdict;
  const { writes, charges } = verdict.passed;
  const amount = charges === null ? null : amountOf(charges);
  const approval = judgeAmount(name.act, amount, principal, approvalRules) ?? alwaysAsked(name.act, approvalRules);
  const asked = { kind: name.kind, principalId: principal.id, said: saidIn(input) };
  return { ...(await keepPlan(context, asked, id, verdict.passed)), writes, charges, approval };
}
