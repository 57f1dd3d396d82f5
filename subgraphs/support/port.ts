import type { Call, WriteCall } from '../../platform/call.ts';
import { type DirectoryEntry, emptyPage, type ListOf, type Page } from '../../platform/page.ts';
import { type CustomerOfBatch, listKey, type MethodsOf } from '../../platform/port/methods.ts';
import type {
  Case,
  CaseChange,
  CaseId,
  CaseNote,
  Entitlement,
  EntitlementGrant,
  EntitlementId,
  SupportOrg,
  SupportOrgId,
} from './model.ts';
import { SUPPORT_SCAN_METHODS, type SupportScanPort } from './scan-port.ts';

/** What the graph and the processes ask of any support desk. */
export interface SupportPort extends SupportScanPort {
  readonly capabilities: SupportCapabilities;

  /** One entry per id, in the order asked; `null` where support holds none. At most 100 ids in each batch below. */
  orgs(ids: readonly SupportOrgId[], call: Call): Promise<readonly (SupportOrg | null)[]>;
  cases(ids: readonly CaseId[], call: Call): Promise<readonly (Case | null)[]>;
  entitlements(ids: readonly EntitlementId[], call: Call): Promise<readonly (Entitlement | null)[]>;
  /** Pages of an organisation's cases, newest first; `status` restricts. Cursors are `casePosition`s. @throws INVALID for another `after` */
  casesOf(lists: readonly ListOf<SupportOrgId>[], call: Call): Promise<readonly Page<Case>[]>;
  /** Pages of an organisation's entitlements, newest first; cursors are their ids. @throws INVALID for an `after` that is not in the list */
  entitlementsOf(lists: readonly ListOf<SupportOrgId>[], call: Call): Promise<readonly Page<Entitlement>[]>;

  directory(page: { first: number; after: string | null }, call: Call): Promise<Page<DirectoryEntry>>;

  /**
   * Makes the rights of one subscription as named: grants, changes seats, revokes what is not named. Saying it twice is the
   * same as once. A right that runs keeps its first day; `startsOn` is that of new ones. The answer is the rights after it,
   * and what it ended. Taken back by granting what `rightsOf` told before. @throws REFUSED without `capabilities.entitlements`
   */
  grant(grant: EntitlementGrant, call: WriteCall): Promise<Granted>;
  /** The rights that a subscription gives now, ended ones left out; read before a grant so that it can be taken back. */
  rightsOf(subscription: { orgId: SupportOrgId; subscriptionId: string }, call: Call): Promise<readonly Entitlement[]>;
  /** Opens the organisation under its hub id; one that is there already is answered. @throws REFUSED, also without `capabilities.opensOrgs` */
  openOrg(draft: { hubId: string; name: string; supportTier: string | null }, call: WriteCall): Promise<SupportOrgId>;
  /** Deletes the organisation opened under `call.key`; does nothing without one. */
  closeOrg(org: { hubId: string }, call: WriteCall): Promise<void>;
  /** @throws NOT_FOUND, REFUSED for a plan that support does not offer, and without `capabilities.supportTiers` */
  updateOrg(change: { orgId: SupportOrgId; supportTier?: string }, call: WriteCall): Promise<void>;
  /**
   * Changes a case that still is as `change.was` says, and answers how it is then. A case that already is as asked is left
   * alone, so that a repeat has no second effect. @throws NOT_FOUND, CONFLICT when somebody changed it meanwhile, REFUSED
   */
  updateCase(change: CaseChange, call: WriteCall): Promise<Case>;
  /** Leaves a note for agents on a case, once for each key; the customer does not see it. @throws NOT_FOUND, REFUSED without `capabilities.caseNotes` */
  noteCase(note: CaseNote, call: WriteCall): Promise<void>;
  /**
   * Takes back the note left under `call.key` by a second one that says so: desks keep every note. Does nothing when there is
   * none, or when it is taken back already.
   */
  withdrawCaseNote(note: CaseNote, call: WriteCall): Promise<void>;
}

/** In the order of the grant's rows. */
export interface Granted {
  readonly after: readonly Entitlement[];
  /** Rights of the subscription that were not named and are ended. */
  readonly revoked: readonly Entitlement[];
}

export interface SupportCapabilities {
  /** Tells when a promise will be broken. */
  readonly sla: boolean;
  /** Keeps what customers are entitled to. Without: there are no entitlements to read, and none can be granted. */
  readonly entitlements: boolean;
  /** Takes new organisations from the hub. Without: support knows a customer from its first contact on. */
  readonly opensOrgs: boolean;
  /** Keeps a support plan for each organisation. Without: `supportTier` is null, and none can be set. */
  readonly supportTiers: boolean;
  /** Keeps notes of agents on a case, and tells whose key one was left under. Without: none can be left. */
  readonly caseNotes: boolean;
  /** Can be read as a whole, for reconciliation. */
  readonly scans: boolean;
}

const ofOrg = (list: ListOf) => `org:${list.of}`;

const inAnswer: CustomerOfBatch = { ofAnswer: ({ orgId }: { readonly orgId: SupportOrgId | null }) => orgId };
const pagesByOrg: CustomerOfBatch = { ofKey: ({ of }: ListOf<SupportOrgId>) => of, none: emptyPage };

export const SUPPORT_METHODS = {
  orgs: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 300,
    subjectOf: (id: SupportOrgId) => `org:${id}`,
    customer: { ofKey: (id: SupportOrgId) => id, none: null },
  },
  cases: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 30,
    subjectOf: (id: CaseId) => `case:${id}`,
    customer: inAnswer,
  },
  entitlements: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: EntitlementId) => `entitlement:${id}`,
    customer: inAnswer,
  },
  casesOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 30,
    keyOf: listKey,
    subjectOf: ofOrg,
    customer: pagesByOrg,
  },
  entitlementsOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ofOrg,
    customer: pagesByOrg,
  },
  directory: { kind: 'read', customer: 'HUB_ONLY' },
  grant: {
    kind: 'write',
    touches: ({ orgId }: EntitlementGrant, { after, revoked }: Granted) => [
      `org:${orgId}`,
      ...[...after, ...revoked].map(({ id }) => `entitlement:${id}`),
    ],
  },
  rightsOf: { kind: 'read', customer: { of: ({ orgId }: { orgId: SupportOrgId }) => orgId } },
  openOrg: { kind: 'write', touches: (_draft: object, id: SupportOrgId) => [`org:${id}`] },
  closeOrg: { kind: 'write', touches: () => [] },
  updateOrg: { kind: 'write', touches: ({ orgId }: { orgId: SupportOrgId }) => [`org:${orgId}`] },
  updateCase: {
    kind: 'write',
    touches: ({ caseId }: CaseChange, { orgId }: Case) => [
      `case:${caseId}`,
      ...(orgId === null ? [] : [`org:${orgId}`]), // its lists show the case
    ],
  },
  noteCase: { kind: 'write', touches: ({ caseId }: CaseNote) => [`case:${caseId}`] },
  withdrawCaseNote: { kind: 'write', touches: ({ caseId }: CaseNote) => [`case:${caseId}`] },
  ...SUPPORT_SCAN_METHODS,
} satisfies MethodsOf<SupportPort>;
