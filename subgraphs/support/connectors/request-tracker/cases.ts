import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { emptyPage, type ListOf, type Page } from '../../../../platform/page.ts';
import { type Case, type CaseId, casePosition, readCasePosition, type SupportOrgId } from '../../model.ts';
import type { RtApi } from './api.ts';
import { SYSTEM } from './failures.ts';
import { FIELDS, findTickets, PER_PAGE } from './find-tickets.ts';
import { byIds, isCustomerNumber, isTicketId } from './ticket-sql.ts';
import { wireStatusOf } from './translate.ts';
import { type Ticket, TicketPage } from './wire.ts';

export type ReadCase = (ticket: Ticket) => Case;

/** At most a hundred cases by id, in one search; what RT does not hold, has deleted, or hides from the hub is left out. */
export async function casesById(
  ids: readonly CaseId[],
  api: RtApi,
  caseOf: ReadCase,
  call: Call,
): Promise<Map<string, Case>> {
  const askable = [...new Set(ids.filter(isTicketId))];
  if (askable.length === 0) return new Map();
  const query = { fields: FIELDS, per_page: PER_PAGE };
  const { items } = await api.tickets(byIds(askable), query, TicketPage, call);
  return new Map(items.map((ticket) => [ticket.id, caseOf(ticket)]));
}

/** Pages of cases of up to a hundred customers: one search for all lists that begin at the same place. */
export async function casesOf(
  lists: readonly ListOf<SupportOrgId>[],
  api: RtApi,
  caseOf: ReadCase,
  call: Call,
): Promise<readonly Page<Case>[]> {
  const alike = Map.groupBy(lists, ({ after, status }) => `${status ?? ''}|${after ?? ''}`);
  const pages = new Map<ListOf<SupportOrgId>, Page<Case>>();
  await Promise.all(
    [...alike.values()].map(async (group) => {
      const before = group[0]?.after ? positionOf(group[0].after) : null;
      const status = group[0]?.status ? wireStatusOf(group[0].status) : null;
      const never = status === null && Boolean(group[0]?.status); // no ticket is in a status that RT does not have
      const wanted = new Map<string, number>();
      for (const { of, first } of never ? [] : group.filter(({ of }) => isCustomerNumber(of))) {
        wanted.set(of, Math.max(wanted.get(of) ?? 0, first + 1)); // one more than asked for tells whether there is more
      }
      const found = wanted.size === 0 ? new Map() : await findTickets({ wanted, status, before }, api, call);
      for (const list of group) pages.set(list, pageFrom(list, found.get(list.of) ?? [], caseOf));
    }),
  );
  return lists.map((list) => pages.get(list) ?? emptyPage);
}

function pageFrom({ first }: ListOf, found: readonly Ticket[], caseOf: ReadCase): Page<Case> {
  const entries = found.slice(0, first).map(caseOf);
  const last = entries.at(-1);
  return { entries, hasMore: found.length > first, endCursor: last === undefined ? null : casePosition(last) };
}

function positionOf(after: string): { openedAt: string; id: CaseId } {
  const position = readCasePosition(after);
  if (position) return position;
  const message = 'after must be the endCursor of an earlier page of cases';
  throw new HubError('INVALID', message, { system: SYSTEM, field: 'after' });
}
