import { ZendeskError } from './errors.ts';
import type { Ticket } from './model.ts';

/** One term of a search: `status<solved`, `-tags:vip`, `"exact words"`. */
interface Term {
  readonly property: string | null;
  readonly operator: ':' | '<' | '>' | '<=' | '>=';
  readonly value: string;
  readonly negated: boolean;
}

export interface Search {
  readonly type: string | null;
  readonly terms: readonly Term[];
  readonly orderBy: string | null;
  readonly sort: 'asc' | 'desc' | null;
}

const TERM = /(-?)(?:([a-z_]+)(:|<=|>=|<|>))?("([^"]*)"|[^\s"]+)/gi;

const invalid = (description: string) => new ZendeskError(422, { error: 'invalid', description });

/**
 * Reads the subset of Zendesk's search language that tickets and organizations need.
 * https://support.zendesk.com/hc/en-us/articles/4408886879258 (search reference),
 * https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/
 */
export function parseSearch(query: string): Search {
  const terms: Term[] = [];
  let type: string | null = null;
  let orderBy: string | null = null;
  let sort: Search['sort'] = null;
  for (const match of query.matchAll(TERM)) {
    const [, minus, property, operator, bare, quoted] = match;
    const value = quoted ?? bare ?? '';
    if (property === 'type') type = value;
    else if (property === 'order_by') orderBy = value;
    else if (property === 'sort') sort = value === 'asc' ? 'asc' : 'desc';
    else {
      terms.push({
        property: property?.toLowerCase() ?? null,
        operator: (operator ?? ':') as Term['operator'], // the pattern lets no other through
        value,
        negated: minus === '-',
      });
    }
  }
  return { type, terms, orderBy, sort };
}

/** Organization ids that the search is limited to; null: none. */
export function organizationsOf(search: Search): number[] | null {
  const named = search.terms.filter(({ property, negated }) => !negated && isOrganization(property));
  return named.length === 0 ? null : [...new Set(named.map(({ value }) => Number(value)))];
}

const isOrganization = (property: string | null) => property === 'organization' || property === 'organization_id';

/** In the order in which `status<solved` compares them. */
const STATUSES = ['new', 'open', 'pending', 'hold', 'solved', 'closed'];
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];

/** Terms of the same property are alternatives; different properties must all hold. */
export function matchesTicket(search: Search, ticket: Ticket): boolean {
  const groups = Map.groupBy(search.terms, ({ property, operator, negated }) =>
    operator === ':' && !negated && property !== null ? property : Symbol(property ?? 'text'),
  );
  return [...groups.values()].every((group) => group.some((term) => matches(term, ticket)));
}

function matches(term: Term, ticket: Ticket): boolean {
  const holds = test(term, ticket);
  return term.negated ? !holds : holds;
}

function test({ property, operator, value }: Term, ticket: Ticket): boolean {
  switch (property) {
    case null:
      return (
        `${ticket.id}` === value ||
        `${ticket.subject} ${ticket.description}`.toLowerCase().includes(value.toLowerCase())
      );
    case 'organization':
    case 'organization_id':
      return value === 'none' ? ticket.organizationId === null : ticket.organizationId === Number(value);
    case 'status':
      return compare(STATUSES.indexOf(ticket.status), operator, rank(STATUSES, property, value));
    case 'priority':
      return compare(PRIORITIES.indexOf(ticket.priority ?? ''), operator, rank(PRIORITIES, property, value));
    case 'external_id':
      return ticket.externalId === value;
    case 'tags':
      return ticket.tags.includes(value);
    case 'subject':
      return ticket.subject.toLowerCase().includes(value.toLowerCase());
    case 'created':
      return compareInstants(ticket.createdAt, operator, value);
    case 'updated':
      return compareInstants(ticket.updatedAt, operator, value);
    default:
      throw invalid(`Invalid search: ${property} is not a property of tickets`);
  }
}

function rank(order: readonly string[], property: string, value: string): number {
  const position = order.indexOf(value);
  if (position < 0) throw invalid(`Invalid search: ${value} is not a ${property}`);
  return position;
}

function compare(left: number, operator: Term['operator'], right: number): boolean {
  if (operator === ':') return left === right;
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  return operator === '<=' ? left <= right : left >= right;
}

/** A day alone means all of that day for `:`; for the others its first instant. */
function compareInstants(at: string, operator: Term['operator'], value: string): boolean {
  const wanted = Date.parse(value);
  if (Number.isNaN(wanted)) throw invalid(`Invalid search: ${value} is not a date`);
  if (operator === ':' && value.length === 10) return at.startsWith(value);
  return compare(Date.parse(at), operator, wanted);
}

const SORTS: Record<string, (ticket: Ticket) => number> = {
  created_at: ({ createdAt }) => Date.parse(createdAt),
  created: ({ createdAt }) => Date.parse(createdAt),
  updated_at: ({ updatedAt }) => Date.parse(updatedAt),
  updated: ({ updatedAt }) => Date.parse(updatedAt),
  priority: ({ priority }) => PRIORITIES.indexOf(priority ?? ''),
  status: ({ status }) => STATUSES.indexOf(status),
};

export function sortTickets(tickets: readonly Ticket[], by: string, direction: 'asc' | 'desc'): Ticket[] {
  const key = SORTS[by];
  if (!key) throw invalid(`Invalid sort: ${by}`);
  const sign = direction === 'asc' ? 1 : -1;
  return [...tickets].sort((a, b) => sign * (key(a) - key(b) || a.id - b.id));
}
