import type { FastifyInstance, FastifyReply } from 'fastify';
import type { VendorContext } from '../core/vendor.ts';
import { rateLimit } from './access.ts';
import { recordNotFound, ZendeskError } from './errors.ts';
import { integerParameter, route, type ZendeskRequest } from './request.ts';
import type { ZendeskState } from './state.ts';
import { organizationShape, recordShape, ticketShape } from './wire.ts';

const PAGE = 1_000;
/** "Data isn't provided for the most recent minute." */
const HELD_BACK_MS = 60_000;
const REQUESTS_PER_MINUTE = 10;

interface Changed {
  readonly id: number | string;
  readonly updatedAt: string;
}

/** https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ (Support API v2) */
export function incrementalRoutes(app: FastifyInstance, state: () => ZendeskState, context: VendorContext): void {
  const counts = ['tickets', 'organizations', 'entitlement'].map((name) => [
    name,
    rateLimit(context, REQUESTS_PER_MINUTE),
  ]);
  const count = Object.fromEntries(counts) as Record<string, (reply: FastifyReply) => void>; // made of pairs
  const startOf = (request: ZendeskRequest): number => {
    const start = integerParameter(request.query.start_time, 'start_time') * 1_000;
    if (start <= context.clock.now() - HELD_BACK_MS) return start;
    throw new ZendeskError(422, {
      error: 'InvalidValue',
      description: 'Too recent start_time. Use a start_time older than 60 seconds',
    });
  };
  /** In the order of their changes, at most a page; what changed in the last minute is not shown yet. */
  const exported = <Of extends Changed>(changed: readonly Of[], after: (one: Of) => boolean) => {
    const shown = context.clock.now() - HELD_BACK_MS;
    const all = changed
      .filter((one) => Date.parse(one.updatedAt) <= shown && after(one))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return { page: all.slice(0, PAGE), end: all.length <= PAGE };
  };
  const byCursor = <Of extends Changed>(request: ZendeskRequest, changed: readonly Of[]) => {
    const given = request.query.cursor;
    const from = given === undefined ? `${timeKey(startOf(request))}` : decoded(given);
    const { page, end } = exported(changed, (one) => keyOf(one) > from);
    const last = page.at(-1);
    const cursor = Buffer.from(last === undefined ? from : keyOf(last)).toString('base64url');
    return {
      page,
      about: {
        after_cursor: cursor,
        after_url: `${request.origin}${request.path}?cursor=${cursor}`,
        before_cursor: null,
        before_url: null,
        end_of_stream: end,
      },
    };
  };

  route(app, 'GET', '/incremental/tickets/cursor', (request, reply) => {
    count.tickets?.(reply);
    const { page, about } = byCursor(request, state().changedTickets());
    return { tickets: page.map((ticket) => ticketShape(ticket, request.origin, false)), ...about };
  });

  route(app, 'GET', '/incremental/organizations', (request, reply) => {
    count.organizations?.(reply);
    const start = startOf(request);
    const { page, end } = exported(state().changedOrganizations(), (one) => Date.parse(one.updatedAt) >= start);
    const endTime = Math.floor(Date.parse(page.at(-1)?.updatedAt ?? new Date(start).toISOString()) / 1_000);
    return {
      organizations: page.map((organization) => organizationShape(organization, request.origin)),
      count: page.length,
      end_of_stream: end,
      end_time: endTime,
      next_page: `${request.origin}${request.path}?start_time=${endTime}`,
    };
  });

  route(app, 'GET', '/incremental/custom_objects/:key/cursor', (request, reply) => {
    if (request.params.key !== 'entitlement') throw recordNotFound();
    count.entitlement?.(reply);
    const { page, about } = byCursor(request, state().writtenRecords());
    return { custom_object_records: page.map((record) => recordShape(record, request.origin)), ...about };
  });
}

const timeKey = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
const keyOf = ({ id, updatedAt }: Changed): string =>
  `${timeKey(Date.parse(updatedAt))}|${String(id).padStart(30, '0')}`;

function decoded(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\|\w+)?$/.test(text)) return text;
  throw new ZendeskError(400, { error: 'InvalidCursor', description: 'cursor is not a valid cursor' });
}
