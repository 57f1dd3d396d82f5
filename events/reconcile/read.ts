import type { Call } from '../../platform/call.ts';
import type { Page } from '../../platform/page.ts';
import type { ScanPage } from '../../platform/port/scan.ts';
import type { BillingPort } from '../../subgraphs/billing/port.ts';
import type { CrmPort } from '../../subgraphs/crm/port.ts';
import type { ErpPort } from '../../subgraphs/erp/port.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import type { SupportPort } from '../../subgraphs/support/port.ts';
import { SCOPES, type Scope } from './kinds.ts';

type EntryOf<Scan extends (...asked: never) => Promise<Page<unknown>>> = Awaited<ReturnType<Scan>>['entries'][number];
export type LinkedCustomer = EntryOf<IdentityPort['scanLinks']>;
export type BillingRecord = EntryOf<BillingPort['scanCustomers']>;
export type CrmRecord = EntryOf<CrmPort['scanAccounts']>;
export type CustomerBooks = EntryOf<ErpPort['scanBooks']>;
export type BookedDocument = CustomerBooks['documents'][number];
export type Entitlement = EntryOf<SupportPort['scanEntitlements']>;

/** The systems that are compared, and the register that says whose records they are. */
export interface Reconciled {
  readonly erp: ErpPort;
  readonly billing: BillingPort;
  readonly crm: CrmPort;
  readonly support: SupportPort;
  readonly identity: IdentityPort;
}

/** One reading of everything of a kind that a system holds. */
export interface Stream {
  readonly name: string;
  readonly system: 'HUB' | 'ERP' | 'BILLING' | 'CRM' | 'SUPPORT';
  /** Asked for at once. */
  readonly first: number;
  readonly scan: (page: ScanPage, call: Call) => Promise<Page<unknown>>;
  /** Whose the entry is: the system's own id, and the hub id that the record holds. */
  readonly of: (entry: never) => { readonly externalId: string; readonly hubId: string | null };
}

/** Says whose an entry is; the scan's own type of entry stands beside it. */
const stream = <Entry>(
  about: Pick<Stream, 'name' | 'system' | 'first'>,
  scan: (page: ScanPage, call: Call) => Promise<Page<Entry>>,
  of: (entry: Entry) => { externalId: string; hubId: string | null },
): Stream => ({ ...about, scan, of });

/** Registered customers with their links: read before all others, because it says whose a record is. */
export const LINKS = 'links';

/**
 * What is read for a scope. A system that cannot be read as a whole is left out, and what would be compared with it is not.
 * `since`: the first day of payments that are compared.
 */
export function streamsFor(
  scope: Scope,
  since: string,
  { erp, billing, crm, support, identity }: Reconciled,
): Stream[] {
  const holds = (record: { externalId: string; hubId: string | null }) => record;
  const links = stream(
    { name: LINKS, system: 'HUB', first: 500 },
    (page, call) => identity.scanLinks(page, call),
    ({ customerId }) => ({ externalId: customerId, hubId: customerId }),
  );
  const all: readonly (readonly [Stream, readonly Scope[], boolean])[] = [
    [
      stream({ name: 'erp', system: 'ERP', first: 500 }, (page, call) => erp.scanCustomers(page, call), holds),
      ['MASTER_DATA'],
      erp.capabilities.scans,
    ],
    [
      stream(
        { name: 'books', system: 'ERP', first: 90 },
        (page, call) => erp.scanBooks(page, call),
        ({ customerId }) => ({ externalId: customerId, hubId: null }),
      ),
      ['MASTER_DATA', 'BOOKS'],
      erp.capabilities.scans,
    ],
    [
      stream({ name: 'crm', system: 'CRM', first: 500 }, (page, call) => crm.scanAccounts(page, call), holds),
      ['MASTER_DATA'],
      true,
    ],
    [
      stream(
        { name: 'billing', system: 'BILLING', first: 100 },
        (page, call) => billing.scanCustomers(page, call),
        holds,
      ),
      ['MASTER_DATA', 'ENTITLEMENTS', 'BOOKS'],
      true,
    ],
    [
      stream(
        { name: 'payments', system: 'BILLING', first: 100 },
        (page, call) => billing.scanPayments({ ...page, since }, call),
        ({ customerId }) => ({ externalId: customerId, hubId: null }),
      ),
      ['MASTER_DATA', 'BOOKS'],
      true,
    ],
    [
      stream({ name: 'support', system: 'SUPPORT', first: 100 }, (page, call) => support.scanOrgs(page, call), holds),
      ['MASTER_DATA', 'ENTITLEMENTS'],
      support.capabilities.scans,
    ],
    [
      stream(
        { name: 'rights', system: 'SUPPORT', first: 100 },
        (page, call) => support.scanEntitlements(page, call),
        ({ orgId }) => ({ externalId: orgId, hubId: null }),
      ),
      ['ENTITLEMENTS'],
      support.capabilities.scans && support.capabilities.entitlements,
    ],
  ];
  const wanted: readonly Scope[] = scope === 'ALL' ? SCOPES : [scope];
  return [
    links,
    ...all.filter(([, scopes, can]) => can && scopes.some((one) => wanted.includes(one))).map(([one]) => one),
  ];
}
