import { instant } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import { startRun } from '../acts/accept.ts';
import { passedUpdate } from '../acts/update-customer.ts';
import { judgeAmount } from '../approvals/amount-limit.ts';
import type { Context } from '../loaders.ts';
import { newProcessId } from '../new-ids.ts';
import { refusal, saidReason } from '../refusal.ts';
import { updateCustomer } from '../sagas/update-customer.ts';
import type { NotOwner, Rejection, UpdateCustomerInput } from '../schema.generated.ts';
import { heldValue, type MasterData, masterDataIn } from '../verdicts/master-data.ts';
import { recordsOf } from '../verdicts/records.ts';
import { judgeUpdate } from '../verdicts/update-customer.ts';
import { decided, type Proposal } from './proposal-store.ts';

/** A decision that was carried out, or why it was not: then nothing was written, and the proposal stands. */
export type Decided =
  | { readonly proposal: Proposal }
  | { readonly proposal: Proposal; readonly reasons: readonly Rejection[] };

/** Starts the ordinary process that writes what was proposed, once. @throws NOT_FOUND, NOT_OWNER, SELF_APPROVAL, CONFLICT */
export async function approveProposal(context: Context, proposalId: string): Promise<Decided> {
  const { principal, clock } = context;
  const proposal = await forSteward(context, proposalId, 'approveProposal');
  if (proposal.proposedBy === principal.id) {
    throw refusal('SELF_APPROVAL', 'a second person has to approve this: you proposed it yourself. It waits on');
  }
  if (proposal.state === 'APPROVED' && proposal.decidedBy === principal.id) return { proposal }; // said again after a lost answer
  stillOpen(proposal);
  const idempotencyKey = `proposal:${proposal.id}`;
  const verdict = await judged(context, proposal, { ...proposal.input, idempotencyKey });
  if ('reasons' in verdict) return { proposal, reasons: verdict.reasons };

  const runId = newProcessId(clock);
  const said = { proposal: proposal.id };
  const asked = { kind: updateCustomer.name, principalId: principal.id, idempotencyKey, said };
  const note = decided(proposal.id, { state: 'APPROVED', by: principal.id, at: instant(clock), reason: null, runId });
  await startRun(context, asked, runId, { ...passedUpdate(verdict.plan), alongside: note }, { lock: null, ask: null });
  return { proposal: await known(context, proposalId) };
}

/** The proposer may withdraw so. @throws NOT_FOUND, NOT_OWNER, CONFLICT, INVALID */
export async function rejectProposal(context: Context, proposalId: string, given: string): Promise<Decided> {
  const { principal, clock, proposals } = context;
  const reason = saidReason(given);
  const proposal = await forSteward(context, proposalId, 'rejectProposal');
  if (proposal.state === 'REJECTED' && proposal.decidedBy === principal.id) return { proposal };
  stillOpen(proposal);
  await reachable(proposals.reject(proposal.id, { by: principal.id, at: instant(clock), reason }));
  return { proposal: await known(context, proposalId) };
}

/** Judges it like any update by its owner, and whether what it would change is still what it was made for. */
async function judged({ ports, ownership, call }: Context, { owner, changes }: Proposal, input: UpdateCustomerInput) {
  const reading = { ...call, fresh: true };
  const verdict = await judgeUpdate(ports, input, { actsFor: owner, ownership }, reading);
  if (!verdict.passed) return { reasons: [...verdict.reasons, ...verdict.refusals.map(handedOver)] };
  const records = recordsOf(ports, verdict.plan.customer, reading);
  const reasons: Rejection[] = [];
  for (const field of masterDataIn(input)) {
    const before = changes.find((change) => change.field === field.canonical)?.oldValue ?? null;
    if ((await heldValue(field, owner, records)) !== before) reasons.push(changed(field, owner));
  }
  return reasons.length > 0 ? { reasons } : { plan: verdict.plan };
}

/** The proposal, for who may decide on it: whoever acts for the owner, or made it. */
async function forSteward(context: Context, proposalId: string, act: string): Promise<Proposal> {
  const { principal } = context;
  judgeAmount(act, null, principal, { upTo: {} });
  const proposal = await known(context, proposalId);
  if (principal.actsFor === proposal.owner || proposal.proposedBy === principal.id) return proposal;
  throw new HubError('NOT_OWNER', `only a caller that acts for ${proposal.owner} decides on what it owns`, {
    system: proposal.owner,
  });
}

async function known({ proposals, clock }: Context, proposalId: string): Promise<Proposal> {
  const proposal = await reachable(proposals.proposal(proposalId, instant(clock)));
  if (proposal === null) throw new HubError('NOT_FOUND', `there is no proposal ${proposalId}`);
  return proposal;
}

function stillOpen({ id, state }: Proposal): void {
  if (state !== 'PROPOSED') throw new HubError('CONFLICT', `proposal ${id} is ${state} already`);
}

const changed = ({ canonical, input }: MasterData, system: Proposal['owner']): Rejection => ({
  code: 'VALUE_CHANGED',
  system,
  field: input,
  message: `${canonical} was changed after this was proposed; look at it, reject this, and change it or have it proposed anew`,
});

const handedOver = ({ field, owner, since }: NotOwner): Rejection => ({
  code: 'VALUE_CHANGED',
  system: owner,
  field: field.slice(field.indexOf('.') + 1),
  message: `${field} is owned by ${owner}${since ? ` since ${since}` : ''} now: have it proposed anew`,
});
