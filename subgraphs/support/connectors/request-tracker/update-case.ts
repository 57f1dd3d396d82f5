import type { WriteCall } from '../../../../platform/call.ts';
import { errorCode, HubError } from '../../../../platform/errors.ts';
import { type Case, type CaseChange, changeLeft } from '../../model.ts';
import type { RtApi } from './api.ts';
import type { ReadCase } from './cases.ts';
import { SYSTEM } from './failures.ts';
import { historyOf, isSettled, type Values, wonByOthers } from './history.ts';
import type { FieldIds } from './sight.ts';
import { isTicketId } from './ticket-sql.ts';
import { wireSeverityOf, wireStatusOf } from './translate.ts';
import { Ticket, Told } from './wire.ts';

/** How often a change is tried again because something else in the ticket, like a comment, came between. */
const TRIES = 3;
/** The same for putting back what others set, which must not be given up lightly. */
const TRIES_TO_PUT_BACK = 6;

type Wish = Pick<CaseChange, 'status' | 'severity'>;

/**
 * Reads, compares, writes under the version that was read, and reads back: RT answers 200 also when it refused a value.
 *
 * RT compares the version before it writes, not while: of processes that write at once under one version, several may be
 * told yes. The ticket's history has them in one order, though, and there the first change after the version counts: whoever
 * finds another's before its own puts the other's value back and answers CONFLICT. So no change that was confirmed is lost;
 * for the moment between, readers see the later one. Within one process, the caller's turn keeps writes apart anyway.
 */
export async function updateCase(
  change: CaseChange,
  api: RtApi,
  about: { readonly caseOf: ReadCase; readonly fields: FieldIds },
  call: WriteCall,
): Promise<Case> {
  if (!isTicketId(change.caseId)) throw notFound();
  const path = `/ticket/${encodeURIComponent(change.caseId)}`;
  for (let tries = 1; ; tries += 1) {
    const { held: before, version } = await readAfterVersion();
    const left = changeLeft(before, change, SYSTEM);
    await settled(reachedOf(change, left));
    if (left.status === undefined && left.severity === undefined) return before;
    try {
      await api.change(path, version, bodyOf(wireOf(left)), Told, call);
    } catch (error) {
      if (errorCode(error) === 'CONFLICT' && tries < TRIES) continue; // read again: perhaps what changed does not matter
      throw error;
    }
    return confirmed(before, left, version);
  }

  async function read(): Promise<{ held: Case; version: number }> {
    const { record, version } = await api.record(path, Ticket, call);
    if (record.Status === 'deleted') throw notFound();
    return { held: about.caseOf(record), version };
  }

  /**
   * The version first and the values after it: RT takes the values of one answer before it looks up their version, which may
   * by then be that of somebody's change. This way the values are never older than the version.
   */
  async function readAfterVersion(): Promise<{ held: Case; version: number }> {
    const { version } = await read();
    return { held: (await read()).held, version };
  }

  /** What is as asked by somebody else's doing may be about to be put back. @throws CONFLICT */
  async function settled(reached: Wish): Promise<void> {
    if (reached.status === undefined && reached.severity === undefined) return;
    const history = await historyOf(path, { after: 0, pages: 1 }, api, call);
    if (!isSettled(wireOf(reached), history, about.fields)) throw conflict('at the same moment');
  }

  async function confirmed(before: Case, left: Wish, version: number): Promise<Case> {
    const since = { after: version, pages: Number.POSITIVE_INFINITY };
    const [{ held }, history] = await Promise.all([read(), historyOf(path, since, api, call)]);
    const lost = wonByOthers(wireOf(left), history, about.fields);
    if (lost !== null) {
      await putBack(left, lost);
      throw conflict('at the same moment');
    }
    for (const name of ['status', 'severity'] as const) {
      if (left[name] === undefined || held[name] === left[name]) continue;
      if (held[name] !== before[name]) throw conflict('right after');
      throw new HubError('REFUSED', `Support does not take this ${name} for the case`, { system: SYSTEM, field: name });
    }
    return held;
  }

  /** The others' values, as long as the ticket holds this change's; when it has changed again, that is as it should be. */
  async function putBack(left: Wish, lost: Values): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { held, version } = await readAfterVersion();
      const Status = held.status === left.status ? lost.Status : undefined;
      const Severity = held.severity === left.severity ? lost.Severity : undefined;
      if (Status === undefined && Severity === undefined) return;
      try {
        await api.change(path, version, bodyOf({ Status, Severity }), Told, call);
      } catch (error) {
        if (errorCode(error) !== 'CONFLICT') throw error;
        if (tries < TRIES_TO_PUT_BACK) continue;
        const message = 'Support changed the case faster than this change could be taken back; look at the case';
        throw new HubError('IN_DOUBT', message, { system: SYSTEM, cause: error });
      }
    }
  }
}

/** What was asked for, was not so when that was decided, and is so now. */
const reachedOf = ({ was, status, severity }: CaseChange, left: Wish): Wish => ({
  ...(status === undefined || left.status !== undefined || status === was.status ? {} : { status }),
  ...(severity === undefined || left.severity !== undefined || severity === was.severity ? {} : { severity }),
});

/** @throws REFUSED for a status that RT does not have */
function wireOf({ status, severity }: Wish): Values {
  const Status = status === undefined ? undefined : wireStatusOf(status);
  if (Status === null) {
    throw new HubError('REFUSED', `Support has no status ${status}`, { system: SYSTEM, field: 'status' });
  }
  return { Status, Severity: severity === undefined ? undefined : wireSeverityOf(severity) };
}

const bodyOf = ({ Status, Severity }: Values) => ({
  ...(Status === undefined ? {} : { Status }),
  ...(Severity === undefined ? {} : { CustomFields: { Severity } }),
});

const notFound = (): HubError => new HubError('NOT_FOUND', 'Support holds no such case', { system: SYSTEM });

const conflict = (when: string): HubError =>
  new HubError('CONFLICT', `Somebody changed the case ${when}; read it again and decide anew`, { system: SYSTEM });
