import { z } from 'zod';

/**
 * What Zendesk sends, Support API v2 (https://developer.zendesk.com/api-reference/ticketing/introduction/), as far as the
 * hub reads it. Names are Zendesk's; what is not read is not described.
 */

const instant = z.iso.datetime({ offset: true });
const meta = z.object({ has_more: z.boolean(), after_cursor: z.string().nullish() });

/** ticketing/organizations/organizations/#json-format. The fields are those that the account defined: see README. */
export const Organization = z.object({
  id: z.int(),
  name: z.string(),
  external_id: z.string().nullish(),
  organization_fields: z.object({ support_tier: z.string().nullish(), hub_keys: z.string().nullish() }).nullish(),
});
export type Organization = z.infer<typeof Organization>;

export const Organizations = z.object({ organizations: z.array(Organization) });
export const OrganizationPage = z.object({ organizations: z.array(Organization), meta });
export const OneOrganization = z.object({ organization: Organization });

/** Side-loaded into each ticket by `include=slas`; no policy: an empty list. ticketing/using-the-zendesk-api/side_loading/ */
const Slas = z.object({
  policy_metrics: z.array(z.object({ breach_at: instant.nullish(), stage: z.string(), metric: z.string() })),
});

/** ticketing/tickets/tickets/#json-format */
export const Ticket = z.object({
  id: z.int(),
  organization_id: z.int().nullish(),
  subject: z.string().nullish(),
  status: z.string(),
  priority: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  created_at: instant,
  updated_at: instant,
  slas: Slas.nullish(),
});
export type Ticket = z.infer<typeof Ticket>;

export const Tickets = z.object({ tickets: z.array(Ticket) });
export const OneTicket = z.object({ ticket: Ticket });
export const TicketPage = z.object({ tickets: z.array(Ticket), meta });

/** ticketing/ticket-management/search/: only what says which tickets there are; the tickets themselves are read after it. */
export const Found = z.object({ id: z.int(), organization_id: z.int().nullish(), created_at: instant });
export type Found = z.infer<typeof Found>;
export const SearchPage = z.object({ results: z.array(Found), next_page: z.string().nullish() });

/** custom-data/custom-objects/custom_object_records/#json-format, for the object `entitlement`: its fields are in README. */
export const EntitlementRecord = z.object({
  id: z.string().min(1),
  external_id: z.string().nullish(),
  created_at: instant,
  custom_object_fields: z.object({
    sku: z.string().min(1),
    seats: z.int(),
    seats_used: z.int().nullish(),
    starts_on: z.iso.date(),
    ends_on: z.iso.date().nullish(),
    subscription_id: z.string().nullish(),
    organization: z.string().regex(/^\d+$/),
    status: z.string(),
    hub_keys: z.string().nullish(),
  }),
});
export type EntitlementRecord = z.infer<typeof EntitlementRecord>;

export const RecordPage = z.object({ custom_object_records: z.array(EntitlementRecord), meta });
export const OneRecord = z.object({ custom_object_record: EntitlementRecord });

/** introduction/requests/: `error` is a word, or a title with a message. */
export const Refusal = z.object({
  error: z.union([z.string(), z.object({ title: z.string().nullish(), message: z.string().nullish() })]).nullish(),
  details: z.record(z.string(), z.array(z.object({ error: z.string().nullish() }))).nullish(),
});

/** ticketing/tickets/ticket_audits/#json-format; `metadata` of an update comes back as `metadata.custom`. */
export const AuditPage = z.object({
  audits: z.array(z.object({ metadata: z.object({ custom: z.record(z.string(), z.unknown()).nullish() }).nullish() })),
  meta,
});
