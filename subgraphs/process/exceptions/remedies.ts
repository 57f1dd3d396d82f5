import { instant } from '../../../platform/clock.ts';
import { errorCode, HubError } from '../../../platform/errors.ts';
import { inputAfter } from '../../../platform/saga/edited.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import type { AnyStep } from '../../../platform/saga/saga.ts';
import { judgeAmount } from '../approvals/amount-limit.ts';
import type { Context } from '../loaders.ts';
import type { Process, ProcessException, ProcessId, System } from '../model.ts';
import { newEditId } from '../new-ids.ts';
import { refusal, saidReason } from '../refusal.ts';
import type { CauseClass } from '../schema.generated.ts';
import type { StepContext } from '../systems.ts';
import { edited, type StepEdit, skipped, type Waiting } from './desk-store.ts';
import { editableFields, judgeChanges, judgeStated } from './input-schema.ts';

type Failed = Waiting & { readonly step: NonNullable<Waiting['step']> };

/** Asks for other input of the step that failed; a second operator has to confirm it. @throws NOT_FOUND, CONFLICT, INVALID */
export async function proposeEdit(
  context: Context,
  processId: ProcessId,
  given: { readonly changes: unknown; readonly reason: string },
): Promise<StepEdit> {
  const { desk, principal, clock } = context;
  mayAct(context, 'editAndRetryProcess');
  const reason = saidReason(given.reason);
  const { failed, step } = await failedStep(context, processId);
  if (failed.back) {
    throw new HubError(
      'CONFLICT',
      `process ${processId} is being undone: its step can be retried or skipped, not edited`,
    );
  }
  if (failed.step.in_doubt && typeof step.undo !== 'function') {
    throw new HubError(
      'CONFLICT',
      `${step.name} may have taken effect and cannot be taken back, so that it must not be done with other input; retry or skip it`,
    );
  }
  const input = inputAfter(failed.step.input as Record<string, unknown>, failed.step); // a step that can be edited takes an object
  const changes = judgeChanges(step, input, given.changes);
  const former = Object.fromEntries(Object.keys(changes).map((field) => [field, input[field] ?? null]));
  const edit = {
    id: newEditId(clock),
    processId,
    step: step.name,
    exceptionId: failed.exceptionId,
    changes,
    former,
    reason,
    proposedBy: principal.id,
    proposedAt: instant(clock),
  };
  await reachable(desk.propose(edit));
  return { ...edit, decision: null, decidedBy: null, decidedAt: null };
}

/** Lets the process go on with the input that somebody else asked for. @throws NOT_FOUND, SELF_APPROVAL, CONFLICT */
export async function confirmEdit(context: Context, editId: string): Promise<ProcessId> {
  const { engine, principal, clock } = context;
  mayAct(context, 'confirmEdit');
  const edit = await knownEdit(context, editId);
  if (edit.proposedBy === principal.id) {
    throw refusal('SELF_APPROVAL', 'a second person has to confirm this: you asked for it yourself. It waits on');
  }
  if (edit.decision === 'CONFIRMED' && edit.decidedBy === principal.id) return edit.processId; // said again after a lost answer
  const about = { by: principal.id, at: instant(clock) };
  await engine.retry(edit.processId, principal.id, {
    resolution: 'EDITED',
    reason: `${edit.reason} (${Object.keys(edit.changes).join(', ')} of ${edit.step}, asked for by ${edit.proposedBy})`,
    alongside: edited(edit, about),
  });
  return edit.processId;
}

/** @throws NOT_FOUND, CONFLICT, INVALID */
export async function rejectEdit(context: Context, editId: string, given: string): Promise<StepEdit> {
  const { desk, principal, clock } = context;
  mayAct(context, 'rejectEdit');
  const reason = saidReason(given);
  await knownEdit(context, editId);
  await reachable(desk.reject(editId, { by: principal.id, at: instant(clock), reason }));
  return knownEdit(context, editId);
}

/** Lets the process go on as if the step were done, or undone: an operator did it outside. @throws NOT_FOUND, CONFLICT, INVALID */
export async function skipStep(
  context: Context,
  processId: ProcessId,
  given: { readonly reason: string; readonly stated: unknown },
): Promise<void> {
  const { engine, principal, clock } = context;
  mayAct(context, 'skipStep');
  const reason = saidReason(given.reason);
  const { failed, step } = await failedStep(context, processId);
  const stated = failed.back ? null : judgeStated(step, given.stated ?? null);
  await engine.retry(processId, principal.id, {
    resolution: 'SKIPPED',
    reason,
    alongside: skipped(failed, { reason, stated, at: instant(clock) }),
  });
}

/** Retries what waits for one cause in one system. A wait that somebody else ended meanwhile is left. */
export async function retryAll(
  context: Context,
  { causeClass, system, first }: { causeClass: CauseClass; system: System; first: number },
): Promise<{ processes: readonly Process[]; left: number }> {
  const { engine, store, principal } = context;
  mayAct(context, 'retryExceptions');
  const filter = { causeClass, system, region: null, customerId: null };
  const [page, all] = await Promise.all([
    reachable(store.exceptions({ ...filter, first, after: null })),
    reachable(store.countExceptions(filter)),
  ]);
  const retried: ProcessId[] = [];
  for (const exception of page.entries) {
    if (mustBeLookedFor(context, exception)) continue;
    try {
      await engine.retry(exception.processId, principal.id);
      retried.push(exception.processId);
    } catch (error) {
      if (errorCode(error) !== 'CONFLICT') throw error;
    }
  }
  const processes = retried.length === 0 ? [] : await reachable(store.processes(retried));
  return { processes: processes.filter((one) => one !== null), left: Math.max(0, all - retried.length) };
}

/** What an operator may change of the step that failed. */
export const editableOf = ({ stepOf }: Context, { kind, step, back }: ProcessException): readonly string[] =>
  back ? [] : editableFields(stepOf(kind, step));

/** Whether the step that failed can be skipped: one that is being undone always can. */
export const isSkippable = ({ stepOf }: Context, { kind, step, back }: ProcessException): boolean => {
  const known = stepOf(kind, step);
  return known !== undefined && (back || known.stated !== undefined);
};

/** Only an operator who looked in the system may retry what is in doubt in one that cannot be asked. */
const mustBeLookedFor = ({ stepOf, probing }: Context, { inDoubt, kind, step }: ProcessException): boolean =>
  inDoubt && stepOf(kind, step)?.unseen?.(probing) === true;

function mayAct({ principal }: Context, act: string): void {
  judgeAmount(act, null, principal, { upTo: {} });
}

/** The step that failed of a process that the caller sees. */
async function failedStep(
  { store, desk, stepOf }: Context,
  processId: ProcessId,
): Promise<{ failed: Failed; step: AnyStep<StepContext> }> {
  const [process] = await reachable(store.processes([processId]));
  if (!process) throw new HubError('NOT_FOUND', `there is no process ${processId}`);
  const failed = await reachable(desk.waiting(processId));
  if (failed === null) {
    throw new HubError(
      'CONFLICT',
      `process ${processId} is ${process.state}; only one that waits as EXCEPTION can be acted on`,
    );
  }
  const step = failed.step && stepOf(failed.kind, failed.step.name);
  if (failed.step === null || !step) {
    throw new HubError('CONFLICT', `process ${processId} failed outside its steps: it can be retried or given up`);
  }
  return { failed: { ...failed, step: failed.step }, step };
}

/** The edit, of a process that the caller sees. */
async function knownEdit({ store, desk }: Context, editId: string): Promise<StepEdit> {
  const edit = await reachable(desk.edit(editId));
  const [process] = edit === null ? [] : await reachable(store.processes([edit.processId]));
  if (edit === null || !process) throw new HubError('NOT_FOUND', `there is no edit ${editId}`);
  return edit;
}
