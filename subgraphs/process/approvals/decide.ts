import { instant } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import type { Context, ProcessServices } from '../loaders.ts';
import type { ProcessId } from '../model.ts';
import { refusal, saidReason } from '../refusal.ts';
import { judgeAmount } from './amount-limit.ts';
import { type Approval, decided } from './approval-store.ts';

/** The hub itself, as the journal names who let a process run out of time. */
const HUB = 'hub';

/** Starts a process that waits. @throws NOT_FOUND, CONFLICT, SELF_APPROVAL, LIMIT_EXCEEDED */
export async function approveProcess(context: Context, processId: ProcessId): Promise<void> {
  const { engine, principal, clock } = context;
  const approval = await approvalOf(context, processId);
  if (approval.decision === 'APPROVED' && approval.decidedBy === principal.id) return; // said again after a lost answer
  stillOpen(approval);
  if (approval.requestedBy === principal.id) {
    throw refusal('SELF_APPROVAL', 'a second person has to approve this: you asked for it yourself. It waits on');
  }
  if (judgeAmount('approveProcess', approval.amount, principal, { upTo: {} }) !== null) {
    throw refusal('LIMIT_EXCEEDED', 'this is more than your key may approve. It waits on');
  }
  const at = instant(clock);
  if (approval.expiresAt <= at) {
    await expireApprovals(context);
    throw new HubError('CONFLICT', `process ${processId} waited too long and was not run; submit it again`);
  }
  await engine.release(
    processId,
    principal.id,
    decided(processId, { decision: 'APPROVED', by: principal.id, at, reason: null }),
  );
}

/** Ends a process that waits; its requester may, too. @throws NOT_FOUND, CONFLICT, INVALID */
export async function rejectProcess(context: Context, processId: ProcessId, given: string): Promise<void> {
  const { engine, principal, clock } = context;
  const reason = saidReason(given);
  const approval = await approvalOf(context, processId);
  if (approval.decision === 'REJECTED' && approval.decidedBy === principal.id && approval.reason === reason) return;
  stillOpen(approval);
  judgeAmount('rejectProcess', null, principal, { upTo: {} });
  await engine.dismiss(
    processId,
    reason,
    principal.id,
    decided(processId, { decision: 'REJECTED', by: principal.id, at: instant(clock), reason }),
  );
}

/** Ends what waited too long, at most 100 processes. */
export async function expireApprovals({
  approvalsFor,
  engine,
  clock,
}: Pick<ProcessServices, 'approvalsFor' | 'engine' | 'clock'>): Promise<void> {
  const at = instant(clock);
  for (const processId of await reachable(approvalsFor(null).overdue(at))) {
    const reason = 'nobody approved it in time';
    const note = decided(processId, { decision: 'EXPIRED', by: HUB, at, reason });
    await engine.dismiss(processId, reason, HUB, note).catch((error) => {
      if (error.code !== 'CONFLICT') throw error; // somebody decided in between
    });
  }
}

async function approvalOf({ approvals }: Context, processId: ProcessId): Promise<Approval> {
  const [approval] = await reachable(approvals.approvalsOf([processId]));
  if (approval) return approval;
  throw new HubError('NOT_FOUND', `there is no process ${processId} that waits for approval`);
}

function stillOpen({ decision, processId }: Approval): void {
  if (decision !== null) throw new HubError('CONFLICT', `process ${processId} is ${decision} already`);
}
