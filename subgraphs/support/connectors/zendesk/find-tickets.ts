import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { CaseId } from '../../model.ts';
import type { ZendeskApi } from './api.ts';
import { SYSTEM } from './failures.ts';
import { type Found, SearchPage } from './wire.ts';

const PER_PAGE = 100;
/** A search shows its first thousand results; the eleventh page is refused. ticketing/ticket-management/search/#results-limit */
const LAST_PAGE = 10;

export interface Wanted {
  /** How many tickets of each organization. */
  readonly wanted: ReadonlyMap<string, number>;
  /** In Zendesk's word; null: any. */
  readonly status: string | null;
  /** Only what comes after this ticket in newest first. */
  readonly before: { readonly openedAt: string; readonly id: CaseId } | null;
}

/**
 * The newest tickets of many organizations by one search, paged until each has as many as wanted or there are no more.
 * Terms of the same property are alternatives in Zendesk's search. Past a thousand results the search begins anew below
 * the last one seen, for those organizations only that still want some.
 */
export async function findTickets(
  { wanted, status, before }: Wanted,
  api: ZendeskApi,
  call: Call,
): Promise<Map<string, readonly Found[]>> {
  const seen = new Map<number, Found>();
  let asked = [...wanted.keys()];
  let createdUntil = before?.openedAt ?? null;
  let seenAtStart = 0;
  let page = 1;
  for (;;) {
    const query = queryOf(asked, status, createdUntil); // the same for every page of one search
    const sorted = { query, sort_by: 'created_at', sort_order: 'desc', per_page: PER_PAGE, page };
    const { results, next_page } = await api.get('/search', sorted, SearchPage, call);
    for (const ticket of results) seen.set(ticket.id, ticket); // offset paging may show one twice
    const byOrg = Map.groupBy(
      [...seen.values()].filter((ticket) => before === null || isAfter(ticket, before)).sort(newestFirst),
      (ticket) => String(ticket.organization_id ?? ''),
    );
    const open = asked.filter((org) => (byOrg.get(org)?.length ?? 0) < (wanted.get(org) ?? 0));
    const last = results.at(-1);
    const ended = results.length < PER_PAGE || (next_page == null && page < LAST_PAGE);
    if (open.length === 0 || ended || last === undefined) return byOrg;
    if (page < LAST_PAGE) {
      page += 1;
      continue;
    }
    if (seen.size === seenAtStart) {
      const message = 'Support holds more cases of one instant than it can list; ask for one status';
      throw new HubError('REFUSED', message, { system: SYSTEM });
    }
    [asked, createdUntil, seenAtStart, page] = [open, last.created_at, seen.size, 1];
  }
}

function queryOf(orgs: readonly string[], status: string | null, createdUntil: string | null): string {
  return [
    'type:ticket',
    ...orgs.map((org) => `organization:${org}`),
    ...(status === null ? [] : [`status:${status}`]),
    ...(createdUntil === null ? [] : [`created<=${createdUntil}`]),
  ].join(' ');
}

const newestFirst = (a: Found, b: Found): number => Date.parse(b.created_at) - Date.parse(a.created_at) || b.id - a.id;

function isAfter(ticket: Found, position: { openedAt: string; id: CaseId }): boolean {
  const openedAt = Date.parse(position.openedAt);
  const createdAt = Date.parse(ticket.created_at);
  return createdAt < openedAt || (createdAt === openedAt && ticket.id < Number(position.id));
}
