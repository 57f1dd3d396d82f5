import type { Call } from '../../../../platform/call.ts';
import type { Clock } from '../../../../platform/clock.ts';
import { errorCode, HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import { emptyPage, type ListOf, type Page } from '../../../../platform/page.ts';
import { type Case, type CaseId, casePosition, readCasePosition, type SupportOrgId } from '../../model.ts';
import type { ZendeskApi } from './api.ts';
import { SYSTEM } from './failures.ts';
import { findTickets } from './find-tickets.ts';
import { caseOf, wireStatusOf } from './translate.ts';
import { type Found, TicketPage, Tickets } from './wire.ts';

/** `show_many` takes this many. ticketing/tickets/tickets/#show-multiple-tickets */
const SHOW_MANY = 100;

export const isNumber = (id: string): boolean => /^\d{1,15}$/.test(id);

/** Any number of cases by id, a hundred to a call, with their SLA; what support does not hold is left out. */
export async function casesById(
  ids: readonly CaseId[],
  api: ZendeskApi,
  clock: Clock,
  call: Call,
): Promise<Map<string, Case>> {
  const askable = [...new Set(ids.filter(isNumber))];
  const chunks = Array.from({ length: Math.ceil(askable.length / SHOW_MANY) }, (_, at) =>
    askable.slice(at * SHOW_MANY, (at + 1) * SHOW_MANY),
  );
  const answers = await Promise.all(
    chunks.map((chunk) => api.get('/tickets/show_many', { ids: chunk.join(','), include: 'slas' }, Tickets, call)),
  );
  return new Map(
    answers.flatMap(({ tickets }) => tickets.map((ticket) => [String(ticket.id), caseOf(ticket, clock.now())])),
  );
}

/** Pages of cases of up to a hundred organizations: see README, "How many calls". */
export async function casesOf(
  lists: readonly ListOf<SupportOrgId>[],
  api: ZendeskApi,
  clock: Clock,
  call: Call,
): Promise<readonly Page<Case>[]> {
  const [only] = lists;
  if (only && lists.length === 1 && only.after === null && !only.status) return [await newest(only, api, clock, call)];

  // One search answers all lists that begin at the same place: normally all of them, at the beginning.
  const alike = Map.groupBy(lists, ({ after, status }) => `${status ?? ''}|${after ?? ''}`);
  const found = new Map<ListOf<SupportOrgId>, readonly Found[]>();
  await Promise.all(
    [...alike.values()].map(async (group) => {
      const before = group[0]?.after ? positionOf(group[0].after) : null;
      const status = group[0]?.status ? wireStatusOf(group[0].status) : null;
      const wanted = new Map<string, number>();
      for (const { of, first } of group.filter(({ of }) => isNumber(of))) {
        wanted.set(of, Math.max(wanted.get(of) ?? 0, first + 1)); // one more than asked for tells whether there is more
      }
      const tickets = wanted.size === 0 ? new Map() : await findTickets({ wanted, status, before }, api, call);
      for (const list of group) found.set(list, tickets.get(list.of) ?? []);
    }),
  );

  // The search index lags and knows no SLA: what was found is read again as it stands now.
  const shown = [...found].flatMap(([{ first }, tickets]) =>
    tickets.slice(0, first).map(({ id: ticketId }) => id<'Case'>(ticketId)),
  );
  const cases = await casesById(shown, api, clock, call);
  return lists.map((list) => pageFrom(list, found.get(list) ?? [], cases));
}

function pageFrom(list: ListOf<SupportOrgId>, found: readonly Found[], cases: ReadonlyMap<string, Case>): Page<Case> {
  const shown = found.slice(0, list.first);
  const last = shown.at(-1);
  if (!last) return emptyPage;
  return {
    entries: shown
      .flatMap(({ id }) => cases.get(String(id)) ?? [])
      .filter(({ orgId, status }) => orgId === list.of && (!list.status || status === list.status)),
    hasMore: found.length > list.first,
    endCursor: casePosition({ openedAt: new Date(last.created_at).toISOString(), id: id<'Case'>(last.id) }), // this vendor's
  };
}

/** The first page of one organization, straight from its tickets and not from the search index. */
async function newest(
  { of, first }: ListOf<SupportOrgId>,
  api: ZendeskApi,
  clock: Clock,
  call: Call,
): Promise<Page<Case>> {
  if (!isNumber(of)) return emptyPage;
  try {
    // Ids grow with time: the highest first is the newest first.
    const query = { 'page[size]': first, sort: '-id', include: 'slas' };
    const { tickets, meta } = await api.get(
      `/organizations/${encodeURIComponent(of)}/tickets`,
      query,
      TicketPage,
      call,
    );
    const entries = tickets.map((ticket) => caseOf(ticket, clock.now()));
    const last = entries.at(-1);
    return { entries, hasMore: meta.has_more, endCursor: last === undefined ? null : casePosition(last) };
  } catch (error) {
    if (errorCode(error) === 'NOT_FOUND') return emptyPage; // an organization that is not there has no cases
    throw error;
  }
}

function positionOf(after: string): { openedAt: string; id: CaseId } {
  const position = readCasePosition(after);
  if (position) return position;
  throw new HubError('INVALID', 'after must be the endCursor of an earlier page of cases', {
    system: SYSTEM,
    field: 'after',
  });
}
