import { instant } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import type { Closure, WaitedFor } from '../../../platform/saga/closures.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import type { Context } from '../loaders.ts';
import type { System } from '../model.ts';
import { newClosureId } from '../new-ids.ts';
import { saidReason } from '../refusal.ts';

/** A closure that is never ended by mistake still ends. */
const LONGEST_MS = 31 * 24 * 3_600_000;

/** What an operator says. */
export interface SaidClosure {
  readonly system: System;
  readonly step?: string | null | undefined;
  readonly from?: string | null | undefined;
  readonly until: string;
  readonly reason: string;
}

/** Closes a system to processes, or to one of their steps. @throws INVALID */
export async function closeSystem(context: Context, said: SaidClosure): Promise<WaitedFor> {
  const { clock, principal, maintenance } = context;
  const closure: Closure = {
    id: newClosureId(clock),
    system: said.system,
    step: said.step ?? null,
    from: said.from == null ? instant(clock) : inUtc(said.from),
    until: inUtc(said.until),
    reason: saidReason(said.reason),
    by: principal.id,
  };
  judgeStep(closure, maintenance.stepsOf(said.system));
  judgeTime(closure, clock.now());
  await reachable(maintenance.close(closure));
  return { ...closure, waiting: 0 };
}

/** Ends a closure before its time. @throws NOT_FOUND */
export async function openSystem({ maintenance }: Context, id: string): Promise<WaitedFor> {
  const closure = (await reachable(maintenance.closures())).find((one) => one.id === id);
  if (closure === undefined) throw new HubError('NOT_FOUND', `no system is closed, or going to be, under ${id}`);
  await reachable(maintenance.open(id));
  return closure;
}

function judgeStep({ system, step }: Closure, steps: readonly string[]): void {
  if (steps.length === 0) throw invalid('system', `no process writes to ${system}, so there is nothing to close`);
  if (step !== null && !steps.includes(step)) {
    throw invalid('step', `${system} has no step of that name; one of ${steps.join(', ')}, or none for all`);
  }
}

function judgeTime({ from, until }: Closure, now: number): void {
  const [begins, ends] = [Date.parse(from), Date.parse(until)];
  if (ends <= Math.max(begins, now)) throw invalid('until', '`until` is later than `from`, and than now');
  if (ends - begins > LONGEST_MS) throw invalid('until', '`until` is at most 31 days after `from`');
}

const inUtc = (text: string): string => new Date(text).toISOString();
const invalid = (field: string, message: string): HubError => new HubError('INVALID', message, { field });
