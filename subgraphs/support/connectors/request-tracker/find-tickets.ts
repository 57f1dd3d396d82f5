import type { Call } from '../../../../platform/call.ts';
import type { RtApi } from './api.ts';
import { byCustomers } from './ticket-sql.ts';
import { fieldOf } from './translate.ts';
import { type Ticket, TicketPage } from './wire.ts';

/** RT shows no more to a page, whatever is asked for. */
export const PER_PAGE = 100;

/** All that a case is made of, in the same request. */
export const FIELDS = 'Subject,Status,SLA,Due,Created,LastUpdated,Priority,CustomFields';

export interface Wanted {
  /** How many tickets of each customer. */
  readonly wanted: ReadonlyMap<string, number>;
  /** In RT's word; null: any. */
  readonly status: string | null;
  /** Only what comes after this ticket in newest first. */
  readonly before: { readonly openedAt: string; readonly id: string } | null;
}

/**
 * The newest tickets of many customers by one search, paged until each has as many as wanted or there are no more. As soon
 * as some have enough, the search goes on for the others only, so that nobody pages through a busy customer for a quiet one.
 */
export async function findTickets(
  { wanted, status, before }: Wanted,
  api: Pick<RtApi, 'tickets'>,
  call: Call,
): Promise<Map<string, readonly Ticket[]>> {
  const seen = new Map<string, Ticket>();
  const order = { orderby: ['Created', 'id'], order: ['DESC', 'DESC'] };
  let asked = [...wanted.keys()];
  // No more than could be of use: RT takes some 8 ms for each ticket that it shows.
  const perPage = Math.min(
    PER_PAGE,
    [...wanted.values()].reduce((sum, count) => sum + count, 0),
  );
  let page = 1;
  for (;;) {
    const sql = byCustomers({ customers: asked, status, openedUntil: before?.openedAt ?? null });
    const { items } = await api.tickets(sql, { fields: FIELDS, per_page: perPage, page, ...order }, TicketPage, call);
    for (const ticket of items) seen.set(ticket.id, ticket); // pages shift when a ticket comes in: one may show twice
    const ofCustomer = Map.groupBy(seen.values(), (ticket) => fieldOf(ticket, 'CustomerNumber') ?? '');
    const found = new Map(
      [...ofCustomer].map(([customer, tickets]) => [
        customer,
        tickets.filter((ticket) => before === null || isAfter(ticket, before)).sort(newestFirst),
      ]),
    );
    const open = asked.filter((customer) => (found.get(customer)?.length ?? 0) < (wanted.get(customer) ?? 0));
    if (open.length === 0 || items.length < perPage) return found;
    if (open.length === asked.length) page += 1;
    else {
      // The narrower search shows the same tickets in the same order: what was seen of these customers is its beginning.
      const passed = open.reduce((count, customer) => count + (ofCustomer.get(customer)?.length ?? 0), 0);
      [asked, page] = [open, Math.floor(passed / perPage) + 1];
    }
  }
}

const newestFirst = (a: Ticket, b: Ticket): number =>
  Date.parse(b.Created) - Date.parse(a.Created) || Number(b.id) - Number(a.id);

function isAfter(ticket: Ticket, position: { readonly openedAt: string; readonly id: string }): boolean {
  const openedAt = Date.parse(position.openedAt);
  const createdAt = Date.parse(ticket.Created);
  return createdAt < openedAt || (createdAt === openedAt && Number(ticket.id) < Number(position.id));
}
