import { HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import type { DirectoryEntry } from '../../../../platform/page.ts';
import type { Case, CaseSeverity, CaseStatus, Entitlement, EntitlementStatus, SupportOrg } from '../../model.ts';
import { SYSTEM } from './failures.ts';
import type * as wire from './wire.ts';

/** ticketing/tickets/tickets/#json-format, `status`. */
const STATUS = {
  new: 'NEW',
  open: 'OPEN',
  pending: 'PENDING',
  hold: 'ON_HOLD',
  solved: 'SOLVED',
  closed: 'CLOSED',
} as const satisfies Record<string, CaseStatus>;

/** ticketing/tickets/tickets/#json-format, `priority`. */
const SEVERITY = {
  low: 'LOW',
  normal: 'NORMAL',
  high: 'HIGH',
  urgent: 'URGENT',
} as const satisfies Record<string, CaseSeverity>;

/** The drop-down `status` of the object `entitlement`. */
const ENTITLEMENT_STATUS = {
  active: 'ACTIVE',
  expired: 'EXPIRED',
  revoked: 'REVOKED',
} as const satisfies Record<string, EntitlementStatus>;

/** The tag that escalates a ticket. */
export const ESCALATED = 'escalated';

/** Stages of an SLA metric: `achieved` was kept or is over, `paused` does not run. */
const STAGES: ReadonlySet<string> = new Set(['active', 'paused', 'achieved']);

/** @throws CONTRACT_BROKEN for a word that the vendor never promised */
function translated<Word extends string>(table: Readonly<Record<string, Word>>, value: string, field: string): Word {
  const word = Object.hasOwn(table, value) ? table[value] : undefined;
  if (word !== undefined) return word;
  throw new HubError('CONTRACT_BROKEN', `Support uses a ${field} that the hub does not know`, {
    system: SYSTEM,
    field,
  });
}

/** The word in which a search asks for cases in a status. @throws INVALID */
export const wireStatusOf = (status: string): string => wireWordOf(STATUS, status, 'status');

/** @throws INVALID */
export const wirePriorityOf = (severity: string): string => wireWordOf(SEVERITY, severity, 'severity');

function wireWordOf(table: Readonly<Record<string, string>>, value: string, field: string): string {
  const entry = Object.entries(table).find(([, word]) => word === value);
  if (entry) return entry[0];
  throw new HubError('INVALID', `There is no case ${field} ${value}`, { system: SYSTEM, field });
}

export function orgOf(organization: wire.Organization, asOf: string): SupportOrg {
  return {
    id: id(organization.id),
    hubId: organization.external_id ?? null,
    name: organization.name,
    supportTier: organization.organization_fields?.support_tier?.toUpperCase() ?? null,
    asOf,
  };
}

/** Drop-down values are lower case. */
export const wireTierOf = (supportTier: string): string => supportTier.toLowerCase();

export function directoryEntryOf(organization: wire.Organization): DirectoryEntry {
  return {
    externalId: String(organization.id),
    hubId: organization.external_id ?? null,
    name: organization.name,
    // Zendesk's organizations have no e-mail address, no parent, and leave nothing behind when they are merged.
    email: null,
    parentExternalId: null,
    mergedIntoExternalId: null,
  };
}

/** `now`: milliseconds since the epoch, to tell what is broken already. A ticket without a priority counts as normal. */
export function caseOf(ticket: wire.Ticket, now: number): Case {
  return {
    id: id(ticket.id),
    orgId: ticket.organization_id == null ? null : id(ticket.organization_id),
    number: String(ticket.id),
    subject: ticket.subject ?? '',
    status: translated(STATUS, ticket.status, 'status'),
    severity: ticket.priority == null ? 'NORMAL' : translated(SEVERITY, ticket.priority, 'priority'),
    escalated: ticket.tags?.includes(ESCALATED) ?? false,
    openedAt: instantOf(ticket.created_at),
    updatedAt: instantOf(ticket.updated_at),
    sla: slaOf(ticket.slas, now),
  };
}

function slaOf(slas: wire.Ticket['slas'], now: number): Case['sla'] {
  const metrics = slas?.policy_metrics ?? [];
  if (metrics.length === 0) return null;
  for (const { stage } of metrics) {
    if (!STAGES.has(stage)) {
      const field = 'slas.policy_metrics.stage';
      throw new HubError('CONTRACT_BROKEN', 'Support uses an SLA stage that the hub does not know', {
        system: SYSTEM,
        field,
      });
    }
  }
  const owed = metrics.flatMap(({ stage, breach_at }) =>
    stage === 'active' && breach_at ? Date.parse(breach_at) : [],
  );
  if (owed.length === 0) return { nextBreachAt: null, breached: false };
  const next = Math.min(...owed);
  return { nextBreachAt: new Date(next).toISOString(), breached: next <= now };
}

export function entitlementOf({ id: recordId, custom_object_fields: fields }: wire.EntitlementRecord): Entitlement {
  return {
    id: id(recordId),
    orgId: id(fields.organization),
    sku: fields.sku,
    status: translated(ENTITLEMENT_STATUS, fields.status, 'status'),
    seats: fields.seats,
    seatsUsed: fields.seats_used ?? 0,
    startsOn: fields.starts_on,
    endsOn: fields.ends_on ?? null,
    subscriptionId: fields.subscription_id ?? null,
  };
}

const instantOf = (text: string): string => new Date(text).toISOString();
