import type { FastifyInstance } from 'fastify';
import type { VendorContext } from '../core/vendor.ts';
import { invalidParameter, recordInvalid, recordNotFound, updateConflict, ZendeskError } from './errors.ts';
import { seconds, type Ticket } from './model.ts';
import {
  cursorPage,
  fieldsOf,
  integerParameter,
  listParameter,
  route,
  wrapped,
  type ZendeskRequest,
} from './request.ts';
import { matchesTicket, organizationsOf, parseSearch, type Search, sortTickets } from './search.ts';
import { requesterId } from './seed.ts';
import type { ZendeskState } from './state.ts';
import { auditShape, organizationShape, ticketShape } from './wire.ts';

const STATUSES = ['new', 'open', 'pending', 'hold', 'solved', 'closed'];
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];
/** `/search` shows no more than this of any result. */
const SEARCH_LIMIT = 1_000;
/** https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency: keys are kept for two hours. */
const IDEMPOTENCY_MS = 2 * 60 * 60 * 1000;

/**
 * https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and
 * https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/
 */
export function ticketRoutes(
  app: FastifyInstance,
  state: () => ZendeskState,
  context: VendorContext,
  announce: (type: string, subject: string, detail: object, event?: object) => void,
): { forget(): void } {
  const answered = new Map<string, { at: number; input: string; ticket: number }>();
  const slas = (request: ZendeskRequest) => (request.query.include ?? '').split(',').includes('slas');
  const shape = (request: ZendeskRequest) => (ticket: Ticket) => ticketShape(ticket, request.origin, slas(request));

  route(app, 'GET', '/tickets/show_many', (request) => {
    const tickets = listParameter(request.query.ids, 'ids').flatMap(
      (id) => state().ticket(integerParameter(id, 'ids')) ?? [],
    );
    return { tickets: tickets.map(shape(request)), next_page: null, previous_page: null, count: tickets.length };
  });

  route(app, 'GET', '/tickets/:id', (request) => ({ ticket: shape(request)(byId(request)) }));

  route(app, 'GET', '/organizations/:id/tickets', (request) => {
    const id = integerParameter(request.params.id, 'organization_id');
    if (!state().organization(id)) throw recordNotFound();
    const sort = request.query.sort ?? 'id';
    const sorted = sortTickets(
      state().ticketsOf(id),
      TICKET_SORTS[sort.replace('-', '')] ?? bad(sort),
      sort.startsWith('-') ? 'desc' : 'asc',
    );
    const { entries, meta, links } = cursorPage(request, sorted, (ticket) => String(ticket.id));
    return { tickets: entries.map(shape(request)), meta, links };
  });

  route(app, 'GET', '/search', (request) => {
    const search = parseSearch(request.query.query ?? '');
    const perPage = Math.min(Number(request.query.per_page ?? 100), 100);
    const page = Number(request.query.page ?? 1);
    if (page * perPage > SEARCH_LIMIT) {
      throw new ZendeskError(422, { error: 'invalid', description: 'Number of results exceeds limit: 1000' });
    }
    const by = request.query.sort_by ?? search.orderBy ?? 'created_at';
    const direction = (request.query.sort_order ?? search.sort ?? 'desc') === 'asc' ? 'asc' : 'desc';
    const found =
      search.type === 'organization' ? organizations(search) : sortTickets(ticketsFound(search), by, direction);
    const shown = found.slice((page - 1) * perPage, page * perPage);
    const more = found.length > page * perPage && (page + 1) * perPage <= SEARCH_LIMIT;
    const next = new URLSearchParams({ ...request.query, page: String(page + 1) });
    return {
      results: shown.map((entry) =>
        'subject' in entry
          ? { ...shape(request)(entry), result_type: 'ticket' }
          : { ...organizationShape(entry, request.origin), result_type: 'organization' },
      ),
      facets: null,
      next_page: more ? `${request.origin}${request.path}?${next}` : null,
      previous_page: null,
      count: found.length,
    };
  });

  route(app, 'GET', '/search/export', (request) => {
    const search = parseSearch(request.query.query ?? '');
    if (search.type !== null) {
      throw new ZendeskError(422, {
        error: 'invalid',
        description: 'Invalid search: type must be given as filter[type]',
      });
    }
    if (request.query['filter[type]'] !== 'ticket') throw invalidParameter('filter[type] must be ticket');
    const sorted = sortTickets(ticketsFound(search), 'created_at', 'desc');
    const { entries, meta, links } = cursorPage(request, sorted, (ticket) => String(ticket.id), 1_000);
    return {
      results: entries.map((ticket) => ({ ...shape(request)(ticket), result_type: 'ticket' })),
      facets: null,
      meta,
      links,
    };
  });

  route(app, 'POST', '/tickets', (request, reply) => {
    const key = request.headers['idempotency-key'];
    const input = wrapped(request.body, 'ticket');
    const seen = typeof key === 'string' ? answered.get(key) : undefined;
    if (seen && context.clock.now() - seen.at < IDEMPOTENCY_MS) {
      if (seen.input !== JSON.stringify(input)) {
        throw new ZendeskError(400, {
          error: 'IdempotentRequestError',
          description: 'Request parameters do not match the first request made with this idempotency key',
        });
      }
      reply.code(201).header('x-idempotency-lookup', 'hit');
      const first = state().ticket(seen.ticket);
      if (!first) throw recordNotFound();
      return { ticket: shape(request)(first) };
    }
    const ticket = created(input);
    state().putTicket(ticket);
    if (typeof key === 'string') {
      answered.set(key, { at: context.clock.now(), input: JSON.stringify(input), ticket: ticket.id });
      reply.header('x-idempotency-lookup', 'miss');
    }
    note('case.opened', ticket, typeof key === 'string' ? key : null);
    reply.code(201).header('location', `${request.origin}/api/v2/tickets/${ticket.id}.json`);
    return { ticket: shape(request)(ticket) };
  });

  route(app, 'PUT', '/tickets/:id', (request) => {
    const before = byId(request);
    const input = wrapped(request.body, 'ticket');
    if (before.status === 'closed')
      throw recordInvalid('status', 'InvalidValue', 'Status: closed prevents ticket update');
    if (input.safe_update === true && Date.parse(String(input.updated_stamp)) !== Date.parse(before.updatedAt)) {
      throw updateConflict();
    }
    const after = { ...before, ...changes(input) };
    if (JSON.stringify(before) !== JSON.stringify(after)) {
      state().putTicket({ ...after, updatedAt: seconds(context.clock.now()) });
      note('case.updated', after, null);
      tell(before, after);
    }
    const audit = commented(after, input);
    const ticket = shape(request)(state().ticket(before.id) ?? after);
    return {
      ticket,
      audit: audit ?? { id: before.id * 10, ticket_id: before.id, created_at: ticket.updated_at, events: [] },
    };
  });

  // https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/#list-audits-for-a-ticket
  route(app, 'GET', '/tickets/:id/audits', (request) => {
    const { entries, meta, links } = cursorPage(request, [...state().auditsOf(byId(request).id)], ({ id }) =>
      String(id),
    );
    return { audits: entries.map(auditShape), meta, links };
  });

  /** A comment updates the ticket whatever else is in the request; its audit keeps the request's metadata. */
  function commented(ticket: Ticket, input: Readonly<Record<string, unknown>>) {
    if (input.comment === undefined || input.comment === null) return null;
    const comment = fieldsOf(input.comment);
    const body = String(comment.body ?? '');
    if (body.trim() === '') throw recordInvalid('comment', 'BlankValue', 'Comment: cannot be blank');
    const now = seconds(context.clock.now());
    state().putTicket({ ...(state().ticket(ticket.id) ?? ticket), updatedAt: now });
    const metadata = input.metadata === undefined ? {} : fieldsOf(input.metadata);
    const made = { body, public: comment.public !== false };
    const audit = state().addAudit({ ticketId: ticket.id, createdAt: now, metadata, comment: made });
    note('case.noted', ticket, null, typeof metadata.hub_key === 'string' ? metadata.hub_key : null);
    return auditShape(audit);
  }

  return { forget: () => answered.clear() };

  function byId(request: ZendeskRequest): Ticket {
    const ticket = state().ticket(integerParameter(request.params.id, 'id'));
    if (!ticket) throw recordNotFound();
    return ticket;
  }

  function ticketsFound(search: Search): Ticket[] {
    const within = organizationsOf(search);
    const candidates = within === null ? [...state().tickets()] : within.flatMap((id) => state().ticketsOf(id));
    return candidates.filter((ticket) => matchesTicket(search, ticket));
  }

  function organizations(search: Search) {
    const externalIds = search.terms.filter(({ property }) => property === 'external_id').map(({ value }) => value);
    return externalIds.flatMap((externalId) => state().organizationByExternalId(externalId) ?? []);
  }

  function created(input: Readonly<Record<string, unknown>>): Ticket {
    if (input.comment === undefined || input.comment === null) {
      throw recordInvalid('base', 'BlankValue', 'Description: cannot be blank');
    }
    const organizationId = input.organization_id === undefined ? null : Number(input.organization_id);
    if (organizationId !== null && !state().organization(organizationId)) {
      throw recordInvalid('organization', 'InvalidValue', 'Organization: is invalid');
    }
    const given = changes(input); // may refuse: before a counter is used
    const now = seconds(context.clock.now());
    return {
      id: state().nextId('ticket'),
      externalId: input.external_id === undefined ? null : String(input.external_id),
      organizationId,
      requesterId: input.requester_id === undefined ? requesterId(0, 0) : Number(input.requester_id),
      subject: String(input.subject ?? ''),
      description: String(fieldsOf(input.comment).body ?? ''),
      status: 'new',
      priority: null,
      tags: [],
      ...given,
      createdAt: now,
      updatedAt: now,
      slaMetrics: [],
    };
  }

  // https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/
  function tell(before: Ticket, after: Ticket): void {
    const tags_added = after.tags.filter((tag) => !before.tags.includes(tag));
    const tags_removed = before.tags.filter((tag) => !after.tags.includes(tag));
    if (tags_added.length + tags_removed.length === 0) return;
    announce('ticket.tags_changed', `ticket:${after.id}`, detailOf(after), { tags_added, tags_removed });
  }

  function note(
    effect: string,
    ticket: Ticket,
    idempotencyKey: string | null,
    businessKey: string | null = ticket.externalId,
  ): void {
    context.record({
      effect,
      id: String(ticket.id),
      businessKey,
      idempotencyKey,
      details: { org: ticket.organizationId === null ? null : String(ticket.organizationId), status: ticket.status },
    });
    announce(`ticket.${effect === 'case.opened' ? 'created' : 'updated'}`, `ticket:${ticket.id}`, detailOf(ticket));
  }
}

const detailOf = (ticket: Ticket) => ({
  id: String(ticket.id),
  organization_id: String(ticket.organizationId ?? ''),
  status: ticket.status.toUpperCase(),
});

/** Orders that cursor paging over tickets offers. */
const TICKET_SORTS: Readonly<Record<string, string>> = { id: 'created_at', updated_at: 'updated_at', status: 'status' };

function bad(sort: string): never {
  throw invalidParameter(`sort ${sort} is not one of id, updated_at, status`);
}

/** The fields of a ticket that a caller may set. */
function changes(input: Readonly<Record<string, unknown>>): Partial<Ticket> {
  const status = oneOf(input.status, STATUSES, 'status');
  const priority = oneOf(input.priority, PRIORITIES, 'priority');
  return {
    ...(status === undefined ? {} : { status }),
    ...(priority === undefined ? {} : { priority }),
    ...(typeof input.subject === 'string' ? { subject: input.subject } : {}),
    ...(Array.isArray(input.tags) ? { tags: input.tags.map(String) } : {}),
  };
}

function oneOf(value: unknown, allowed: readonly string[], field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (allowed.includes(String(value))) return String(value);
  throw recordInvalid(field, 'InvalidValue', `${field}: ${String(value)} is not included in the list`);
}
