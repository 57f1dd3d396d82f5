import { HubError } from '../../platform/errors.ts';
import { type Id, id } from '../../platform/ids.ts';

export type SupportOrgId = Id<'SupportOrg'>;
export type CaseId = Id<'Case'>;
export type EntitlementId = Id<'Entitlement'>;

export type CaseStatus = 'NEW' | 'OPEN' | 'PENDING' | 'ON_HOLD' | 'SOLVED' | 'CLOSED';
export type CaseSeverity = 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT';
export type EntitlementStatus = 'ACTIVE' | 'EXPIRED' | 'REVOKED';

export interface SupportOrg {
  readonly id: SupportOrgId;
  readonly hubId: string | null;
  /** As support knows it; the legal name is the ERP's. */
  readonly name: string;
  readonly supportTier: string | null;
  readonly asOf: string;
}

export interface Case {
  readonly id: CaseId;
  readonly orgId: SupportOrgId | null;
  readonly number: string;
  readonly subject: string;
  readonly status: CaseStatus;
  readonly severity: CaseSeverity;
  readonly escalated: boolean;
  readonly openedAt: string;
  readonly updatedAt: string;
  /** null: no policy applies. */
  readonly sla: { readonly nextBreachAt: string | null; readonly breached: boolean } | null;
}

/** What agents read on a case. At most 2,000 characters. */
export interface CaseNote {
  readonly caseId: CaseId;
  readonly text: string;
}

/** What a case becomes, and what it was when that was decided. */
export interface CaseChange {
  readonly caseId: CaseId;
  /** As read by whoever decides; a case that is different by now is not changed. */
  readonly was: Pick<Case, 'status' | 'severity'>;
  /** Left out: stays. */
  readonly status?: CaseStatus;
  readonly severity?: CaseSeverity;
}

/**
 * What of a change is still to be done on the case as it is held; nothing: it is as asked already.
 * @throws CONFLICT when the case neither is as asked nor as it was
 */
export function changeLeft(
  held: Case,
  { was, status, severity }: CaseChange,
  system: string,
): Pick<CaseChange, 'status' | 'severity'> {
  const left = {
    ...(status === undefined || status === held.status ? {} : { status }),
    ...(severity === undefined || severity === held.severity ? {} : { severity }),
  };
  const changed =
    (left.status !== undefined && held.status !== was.status) ||
    (left.severity !== undefined && held.severity !== was.severity);
  if (!changed) return left;
  throw new HubError('CONFLICT', 'Somebody changed the case meanwhile; read it again and decide anew', { system });
}

/** Where a case stands in a list of newest first; the cursor of every list of cases. Example: `2026-10-04T10:01:00.000Z_1002`. */
export const casePosition = ({ openedAt, id }: Pick<Case, 'openedAt' | 'id'>): string => `${openedAt}_${id}`;

const POSITION = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)_([\w-]{1,64})$/;

/** Reads what `casePosition` wrote; null for any other text. */
export function readCasePosition(cursor: string): { openedAt: string; id: CaseId } | null {
  const [, openedAt, caseId] = POSITION.exec(cursor) ?? [];
  return openedAt === undefined || caseId === undefined || Number.isNaN(Date.parse(openedAt))
    ? null
    : { openedAt, id: id(caseId) };
}

export interface Entitlement {
  readonly id: EntitlementId;
  readonly orgId: SupportOrgId;
  readonly sku: string;
  readonly status: EntitlementStatus;
  readonly seats: number;
  readonly seatsUsed: number;
  readonly startsOn: string;
  readonly endsOn: string | null;
  readonly subscriptionId: string | null;
}

/** The rights that one subscription gives, one row per SKU; what is not named is revoked. */
export interface EntitlementGrant {
  readonly orgId: SupportOrgId;
  readonly subscriptionId: string;
  readonly startsOn: string;
  readonly endsOn: string | null;
  readonly rights: readonly { readonly sku: string; readonly seats: number }[];
  /** The hub opened the subscription: it has no rights but those of this grant, until somebody else gives it some. Default: it may have any. */
  readonly isNew?: boolean;
}

/** The customer as this subgraph refers to it; null: this system does not know the customer, and nothing is asked of it. */
export interface CustomerRef {
  readonly supportOrgId: SupportOrgId | null;
}
