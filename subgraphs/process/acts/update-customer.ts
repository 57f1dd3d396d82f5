import { instant } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import type { System } from '../model.ts';
import { newProposalId } from '../new-ids.ts';
import type { Fact } from '../plans/rests-on.ts';
import { type NewProposal, proposed } from '../proposals/proposal-store.ts';
import { type UpdateCustomer, updateCustomer } from '../sagas/update-customer.ts';
import type { CustomerUpdateRefused, UpdateCustomerInput } from '../schema.generated.ts';
import { judgeUpdate, type ProposedForOwner } from '../verdicts/update-customer.ts';
import { type ActRules, acceptAct, type Passed } from './accept.ts';
import { previewAct } from './preview.ts';

const NAME = { act: 'updateCustomer', kind: updateCustomer.name };
const DAY_MS = 86_400_000;

/** Writes the caller's own fields and proposes the others in one process: both are journaled, or neither. */
export const updateCustomerAct = (context: Context, input: UpdateCustomerInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewUpdate = (context: Context, input: UpdateCustomerInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: UpdateCustomerInput): ActRules<UpdateCustomer, CustomerUpdateRefused> => ({
  judge: async (processId) => {
    const { ports, principal, ownership, call } = context;
    const verdict = await judgeUpdate(
      ports,
      input,
      { actsFor: principal.actsFor, ownership },
      { ...call, fresh: true },
    );
    if (!verdict.passed) {
      for (const { owner } of verdict.refusals) call.note?.({ system: owner, state: 'FORBIDDEN' }); // for the audit
      return { no: { refusals: verdict.refusals, reasons: verdict.reasons } };
    }
    const { plan, proposed: others } = verdict;
    if (others.length === 0) return { passed: passedUpdate(plan) };
    const proposals = others.map((one) => proposalOf(context, one, input.proposalReason ?? ''));
    const restsOn = others.flatMap(({ changes }) =>
      changes.map(({ field, oldValue }): Fact => ({ field, is: 'HELD', value: oldValue })),
    );
    return { passed: { ...passedUpdate(plan), restsOn, alongside: proposed(processId, proposals) } };
  },
  lock: null,
  refusing: (reasons) => ({ refusals: [], reasons }),
});

/** Master data costs nothing, and nothing hangs on it. */
export const passedUpdate = (act: UpdateCustomer): Passed<UpdateCustomer> => ({
  act,
  customer: act.customer,
  contractId: null,
  region: null,
  amountAtRisk: null,
  subscriptionId: null,
  charges: null,
  writes: act.writes,
});

function proposalOf(
  { clock, principal, approvalRules }: Context,
  { owner, input, changes }: ProposedForOwner,
  reason: string,
): NewProposal {
  return {
    id: newProposalId(clock),
    owner,
    customerId: input.customerId,
    proposedBy: principal.id,
    proposedFor: principal.actsFor as System | null, // the schema's enum `System`
    proposedAt: instant(clock),
    expiresAt: new Date(clock.now() + approvalRules.proposalDays * DAY_MS).toISOString(),
    reason: reason.trim(),
    input,
    changes,
  };
}
