import type { WriteCall } from '../../../../platform/call.ts';
import { errorCode, HubError } from '../../../../platform/errors.ts';
import { type Case, type CaseChange, changeLeft } from '../../model.ts';
import type { RtApi } from './api.ts';
import type { ReadCase } from './cases.ts';
import { SYSTEM } from './failures.ts';
import type { FieldIds } from './sight.ts';
import { isTicketId } from './ticket-sql.ts';
import { wireSeverityOf, wireStatusOf } from './translate.ts';
import { Ticket, Told, type Transaction, TransactionPage } from './wire.ts';

/** How often a change is tried again because something else in the ticket, like a comment, came between. */
const TRIES = 3;
const PER_PAGE = 100;

type Left = ReturnType<typeof changeLeft>;

/**
 * Reads, compares, writes under the version that was read, and reads back: RT answers 200 also when it refused a value.
 *
 * RT compares the version before it writes, not while: of two processes that write at once under one version, both may be
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
  const path = `/ticket/${change.caseId}`;
  for (let tries = 1; ; tries += 1) {
    const { ticket: before, version } = await read();
    const left = changeLeft(before, change, SYSTEM);
    if (left.status === undefined && left.severity === undefined) return before;
    try {
      await api.change(path, version, valuesOf(left), Told, call);
    } catch (error) {
      if (errorCode(error) === 'CONFLICT' && tries < TRIES) continue; // read again: perhaps what changed does not matter
      throw error;
    }
    return confirm(before, left, version);
  }

  async function read(): Promise<{ ticket: Case; version: number }> {
    const { record, version } = await api.record(path, Ticket, call);
    if (record.Status === 'deleted') throw notFound();
    return { ticket: about.caseOf(record), version };
  }

  async function confirm(before: Case, left: Left, version: number): Promise<Case> {
    const [{ ticket: held, version: now }, since] = await Promise.all([read(), changesSince(version)]);
    const lost = wonByOthers(left, since, about.fields);
    if (lost !== null) {
      await putBack(held, left, lost, now);
      throw new HubError('CONFLICT', 'Somebody changed the case at the same moment; read it again', { system: SYSTEM });
    }
    for (const name of ['status', 'severity'] as const) {
      if (left[name] === undefined || held[name] === left[name]) continue;
      if (held[name] === before[name]) {
        throw new HubError('REFUSED', `Support does not take this ${name} for the case`, {
          system: SYSTEM,
          field: name,
        });
      }
      throw new HubError('CONFLICT', 'Somebody changed the case right after; read it again', { system: SYSTEM });
    }
    return held;
  }

  /** The other's values, where the ticket still holds this change's; when it changed again, that is as it should be. */
  async function putBack(held: Case, left: Left, lost: Values, version: number): Promise<void> {
    const status = left.status !== undefined && held.status === left.status ? lost.Status : undefined;
    const severity = left.severity !== undefined && held.severity === left.severity ? lost.Severity : undefined;
    if (status === undefined && severity === undefined) return;
    try {
      await api.change(path, version, wireValues({ Status: status, Severity: severity }), Told, call);
    } catch (error) {
      if (errorCode(error) !== 'CONFLICT') throw error;
    }
  }

  /** The changes of the ticket after a version, oldest first. */
  async function changesSince(version: number): Promise<Transaction[]> {
    const found: Transaction[] = [];
    for (let page = 1; ; page += 1) {
      const query = { fields: 'Type,Field,NewValue', orderby: 'id', order: 'DESC', per_page: PER_PAGE, page };
      const { items } = await api.get(`${path}/history`, query, TransactionPage, call);
      found.push(...items.filter(({ id }) => Number(id) > version));
      if (items.length < PER_PAGE || items.some(({ id }) => Number(id) <= version)) {
        return found.sort((a, b) => Number(a.id) - Number(b.id));
      }
    }
  }
}

/** RT's values of the fields that a case can be changed in. */
interface Values {
  readonly Status?: string | undefined;
  readonly Severity?: string | undefined;
}

/** What others set before this change did, by the order of the ticket's history; null: this change came first everywhere. */
export function wonByOthers(left: Left, since: readonly Transaction[], fields: FieldIds): Values | null {
  const first = {
    Status: since.find(({ Type }) => Type === 'Status')?.NewValue ?? undefined,
    Severity:
      since.find(({ Type, Field }) => Type === 'CustomField' && Field === fields.Severity)?.NewValue ?? undefined,
  };
  const mine = asValues(left);
  const lost = {
    Status: mine.Status !== undefined && first.Status !== mine.Status ? first.Status : undefined,
    Severity: mine.Severity !== undefined && first.Severity !== mine.Severity ? first.Severity : undefined,
  };
  return lost.Status === undefined && lost.Severity === undefined ? null : lost;
}

/** @throws REFUSED for a status that RT does not have */
function asValues({ status, severity }: Left): Values {
  const Status = status === undefined ? undefined : wireStatusOf(status);
  if (Status === null) {
    const message = `Support has no status ${status}`;
    throw new HubError('REFUSED', message, { system: SYSTEM, field: 'status' });
  }
  return { Status, Severity: severity === undefined ? undefined : wireSeverityOf(severity) };
}

const valuesOf = (left: Left) => wireValues(asValues(left));

const wireValues = ({ Status, Severity }: Values) => ({
  ...(Status === undefined ? {} : { Status }),
  ...(Severity === undefined ? {} : { CustomFields: { Severity } }),
});

const notFound = (): HubError => new HubError('NOT_FOUND', 'Support holds no such case', { system: SYSTEM });
