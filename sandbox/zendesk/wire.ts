import type { Audit, EntitlementRecord, Organization, Ticket } from './model.ts';

/** Leaves out what has no value where the published OpenAPI does not allow null. */
const present = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#json-format (Support API v2) */
export const organizationShape = (organization: Organization, origin: string) => ({
  url: `${origin}/api/v2/organizations/${organization.id}.json`,
  id: organization.id,
  name: organization.name,
  shared_tickets: false,
  shared_comments: false,
  external_id: organization.externalId,
  created_at: organization.createdAt,
  updated_at: organization.updatedAt,
  domain_names: organization.domain === null ? [] : [organization.domain],
  details: null,
  notes: null,
  group_id: null,
  tags: [],
  organization_fields: present(organization.fields),
});

/** https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format (Support API v2) */
export const ticketShape = (ticket: Ticket, origin: string, withSlas: boolean) => ({
  url: `${origin}/api/v2/tickets/${ticket.id}.json`,
  id: ticket.id,
  ...present({ external_id: ticket.externalId, priority: ticket.priority, organization_id: ticket.organizationId }),
  via: { channel: 'api', source: { from: {}, to: {}, rel: null } },
  created_at: ticket.createdAt,
  updated_at: ticket.updatedAt,
  type: 'incident',
  subject: ticket.subject,
  raw_subject: ticket.subject,
  description: ticket.description,
  status: ticket.status,
  requester_id: ticket.requesterId,
  submitter_id: ticket.requesterId,
  collaborator_ids: [],
  follower_ids: [],
  email_cc_ids: [],
  has_incidents: false,
  is_public: true,
  due_at: null,
  tags: ticket.tags,
  custom_fields: [],
  allow_channelback: false,
  allow_attachments: true,
  from_messaging_channel: false,
  // Side-loading `slas` puts them into each ticket; no policy gives an empty list.
  // https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
  ...(withSlas ? { slas: { policy_metrics: ticket.slaMetrics } } : {}),
});

/** https://developer.zendesk.com/api-reference/custom-data/custom-objects/custom_object_records/#json-format */
export const recordShape = (record: EntitlementRecord, origin: string) => ({
  url: `${origin}/api/v2/custom_objects/entitlement/records/${record.id}.json`,
  id: record.id,
  name: record.name,
  custom_object_key: 'entitlement',
  custom_object_fields: record.fields,
  created_by_user_id: '370000000001',
  updated_by_user_id: '370000000001',
  created_at: record.createdAt,
  updated_at: record.updatedAt,
  external_id: record.externalId,
});

/** https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/#json-format */
export const auditShape = (audit: Audit) => ({
  id: audit.id,
  ticket_id: audit.ticketId,
  created_at: audit.createdAt,
  author_id: 370000000001,
  metadata: { system: {}, custom: audit.metadata },
  events:
    audit.comment === null
      ? []
      : [{ id: audit.id, type: 'Comment', body: audit.comment.body, public: audit.comment.public, attachments: [] }],
  via: { channel: 'api', source: {} },
});
