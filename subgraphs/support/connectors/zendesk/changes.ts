import { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import type { Clock } from '../../../../platform/clock.ts';
import type { ChangeFeed } from '../../../../platform/feeds/change-feed.ts';
import type { Inbound } from '../../../../platform/webhooks/webhook-source.ts';
import { createZendeskApi, type ZendeskApi } from './api.ts';
import type { ZendeskConfig } from './config.ts';
import { ESCALATED } from './translate.ts';
import { meaningOf, TELLS } from './webhook-source.ts';

/** Exports begin at least a minute ago, and leave out the last one. */
const BEGIN_BEFORE_MS = 120_000;
const EXPORT = '/incremental';

const Changed = z.object({ updated_at: z.iso.datetime({ offset: true }) });
const position = { after_cursor: z.string().nullish(), end_of_stream: z.boolean() };
const orgId = z.union([z.int(), z.string()]).nullish();
const Tickets = z.object({
  tickets: z.array(Changed.extend({ id: z.int(), organization_id: orgId, tags: z.array(z.string()).nullish() })),
  ...position,
});
const Records = z.object({
  custom_object_records: z.array(
    Changed.extend({ id: z.string(), custom_object_fields: z.looseObject({ organization: orgId }).nullish() }),
  ),
  ...position,
});
const Organizations = z.object({
  organizations: z.array(Changed.extend({ id: z.int() })),
  end_time: z.int().nullish(),
  end_of_stream: z.boolean(),
});

const CursorShape = z.object({
  /** Seconds: where tickets and records begin while they have no cursor. */
  since: z.number().int(),
  tickets: z.string().nullable(),
  records: z.string().nullable(),
  /** Seconds; organizations have no cursor. */
  organizations: z.number().int(),
});
type ZendeskCursor = z.infer<typeof CursorShape>;

/**
 * Zendesk's incremental exports (ticketing/ticket-management/incremental_exports/, Support API v2), so that those changes are found
 * whose webhook did not come. They show states, a minute late: one that a webhook has told is known by its time.
 */
export function zendeskFeed(config: ZendeskConfig, clock: Clock): ChangeFeed {
  const api = createZendeskApi(config);
  return {
    name: 'zendesk',
    system: 'SUPPORT',
    tells: TELLS,
    async read(from, call) {
      const now = Math.floor((clock.now() - BEGIN_BEFORE_MS) / 1_000);
      const cursor: ZendeskCursor =
        from === null ? { since: now, tickets: null, records: null, organizations: now } : CursorShape.parse(from);
      const [tickets, records, organizations] = await Promise.all([
        api.get(`${EXPORT}/tickets/cursor`, startOf(cursor.tickets, cursor.since), Tickets, call),
        api.get(`${EXPORT}/custom_objects/entitlement/cursor`, startOf(cursor.records, cursor.since), Records, call),
        organizationsSince(api, cursor.organizations, call),
      ]);
      return {
        changes: [
          ...tickets.tickets.map(({ id, updated_at, organization_id, tags }) =>
            // Whether it was escalated just then is not to be seen; said once more it does less harm than never.
            state(`case:${id}`, updated_at, organization_id, tags?.includes(ESCALATED)),
          ),
          ...records.custom_object_records.map(({ id, updated_at, custom_object_fields }) =>
            state(`entitlement:${id}`, updated_at, custom_object_fields?.organization),
          ),
          ...organizations.organizations.map(({ id, updated_at }) => state(`org:${id}`, updated_at, id)),
        ],
        cursor: {
          since: cursor.since,
          tickets: tickets.after_cursor ?? cursor.tickets,
          records: records.after_cursor ?? cursor.records,
          organizations: organizations.end_time ?? cursor.organizations,
        } satisfies ZendeskCursor,
        more: !(tickets.end_of_stream && records.end_of_stream && organizations.end_of_stream),
      };
    },
    close: () => api.close(),
  };
}

const startOf = (cursor: string | null, since: number) => (cursor === null ? { start_time: since } : { cursor });

const organizationsSince = (api: ZendeskApi, since: number, call: Call) =>
  api.get(`${EXPORT}/organizations`, { start_time: since }, Organizations, call);

/** What a record is like since its last change; whether a webhook has told it, its time says. */
function state(
  subject: string,
  updatedAt: string,
  organization: number | string | null | undefined,
  escalated = false,
): Inbound {
  const occurredAt = new Date(updatedAt).toISOString();
  const org = organization === null || organization === undefined || organization === '' ? null : String(organization);
  return {
    eventId: `${subject}:${occurredAt}`,
    type: `${subject.split(':')[0]}.changed`,
    occurredAt,
    entity: subject,
    subjects: [...new Set([subject, ...(org === null ? [] : [`org:${org}`])])],
    customerId: org,
    causedByKey: null,
    tells: meaningOf(subject, escalated),
    state: true,
  };
}
