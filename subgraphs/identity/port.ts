import type { Call, WriteCall } from '../../platform/call.ts';
import type { DirectoryEntry, ListOf, Page } from '../../platform/page.ts';
import { listKey, type MethodsOf } from '../../platform/port/methods.ts';
import type { Scanned, ScanPage } from '../../platform/port/scan.ts';
import type { Customer, CustomerId, LinkedSystem } from './model.ts';

/** What the graph and the processes ask of the register of customers. With `call.rows` it holds no others, in counts and pages too. */
export interface IdentityPort {
  /** One entry per id, in the order asked; a merged id gives the survivor, an unknown one `null`. At most 1,000 keys in each batch. */
  customers(ids: readonly CustomerId[], call: Call): Promise<readonly (Customer | null)[]>;
  byExternalId(keys: readonly ExternalKey[], call: Call): Promise<readonly (Customer | null)[]>;
  /** Pages of customers by hub id; `of` is the customer above them. */
  childrenOf(lists: readonly ListOf<CustomerId>[], call: Call): Promise<readonly Page<Customer>[]>;
  /** Customers by hub id; `search` matches part of a name, or an id. `byEmail`: part of an e-mail address, too. */
  search(
    query: { search: string | null; byEmail: boolean; first: number; after: string | null },
    call: Call,
  ): Promise<Page<Customer>>;
  duplicates(
    query: { first: number },
    call: Call,
  ): Promise<readonly { first: Customer; second: Customer; likelihood: number; reason: string }[]>;
  /** Takes in one page of a system's directory: links by correlation key, creates what is new. Saying it twice is the same as once. */
  takeIn(
    page: { system: LinkedSystem; entries: readonly DirectoryEntry[] },
    call: Call,
  ): Promise<{ linked: number; unmatched: number }>;
  /** Customers that a newcomer may be already, best first, at most 10. */
  lookAlikes(newcomer: Pick<Newcomer, 'name' | 'email'>, call: Call): Promise<readonly LookAlike[]>;
  /** Makes a customer of a hub id that no system knows yet; a page of a directory that names it finds it. Saying it twice is the same as once. */
  register(newcomer: Newcomer, call: WriteCall): Promise<void>;
  /** Undoes `register`, with the links that came since. `STAYS` where another customer hangs on it. */
  forget(newcomer: { id: CustomerId }, call: WriteCall): Promise<'FORGOTTEN' | 'STAYS'>;
  /**
   * Merges one customer into another on a steward's word: its id leads to the survivor, who takes over its links. Under one
   * `call.key` once, also when it was unmerged since. @throws REFUSED when one of the two does not stand
   */
  merge(merge: { survivorId: CustomerId; mergedId: CustomerId }, call: WriteCall): Promise<void>;
  /** Puts a merged customer back as it stood; does nothing when no steward's merge of it holds. */
  unmerge(merge: { mergedId: CustomerId }, call: WriteCall): Promise<void>;
  /** The steward's merge by which each of these went into another; null: none holds. */
  mergesOf(ids: readonly CustomerId[], call: Call): Promise<readonly (StewardMerge | null)[]>;
  /** Every link that holds, by customer, in the order of their ids; for reconciliation. */
  scanLinks(page: ScanPage, call: Call): Scanned<LinkedCustomer>;
  /**
   * Links a record that carries no hub id, on a steward's word. Saying it twice is the same as once.
   * @throws NOT_FOUND without such a customer or record, CONFLICT where the record belongs to another
   */
  link(link: LinkOfCustomer, call: WriteCall): Promise<void>;
  /** Ends one link of a customer; does nothing where it does not hold. A directory that names the customer begins it again. */
  endLink(link: LinkOfCustomer, call: WriteCall): Promise<void>;
  /** How many customers are registered. */
  count(query: Record<string, never>, call: Call): Promise<number>;
}

/** A customer that no system knows yet. */
export interface Newcomer {
  readonly id: CustomerId;
  readonly name: string;
  readonly email: string | null;
}

/** A customer that stands, with the links that hold. */
export interface LinkedCustomer {
  readonly customerId: CustomerId;
  readonly name: string;
  /** `own`: the system's record names this customer, and not one that was merged into it. */
  readonly links: readonly (ExternalKey & { readonly own: boolean })[];
}

/** A registered customer that may be the newcomer. */
export interface LookAlike {
  readonly id: CustomerId;
  readonly name: string;
  /** 0 to 1. */
  readonly likelihood: number;
  readonly reason: string;
}

export interface StewardMerge {
  readonly mergedId: CustomerId;
  readonly survivorId: CustomerId;
  readonly mergedAt: string;
}

export interface LinkOfCustomer extends ExternalKey {
  readonly customerId: CustomerId;
}

export interface ExternalKey {
  readonly system: LinkedSystem;
  readonly externalId: string;
}

/** The register is the hub's own database: it is measured, not cached. It judges by `call.rows` itself, in its queries. */
export const IDENTITY_METHODS = {
  customers: {
    kind: 'batch',
    maxKeys: 1000,
    maxAgeSeconds: 0,
    subjectOf: (id: CustomerId) => `customer:${id}`,
    customer: 'NONE',
  },
  byExternalId: {
    kind: 'batch',
    maxKeys: 1000,
    maxAgeSeconds: 0,
    keyOf: ({ system, externalId }: ExternalKey) => `${system}|${externalId}`,
    subjectOf: ({ system, externalId }: ExternalKey) => `${system}|${externalId}`,
    customer: 'NONE',
  },
  childrenOf: {
    kind: 'batch',
    maxKeys: 1000,
    maxAgeSeconds: 0,
    keyOf: listKey,
    subjectOf: (list: ListOf) => `customer:${list.of}`,
    customer: 'NONE',
  },
  search: { kind: 'read', customer: 'NONE' },
  duplicates: { kind: 'read', customer: 'NONE' },
  takeIn: { kind: 'read', customer: 'HUB_ONLY' },
  lookAlikes: { kind: 'read', customer: 'NONE' },
  register: { kind: 'write', touches: ({ id }: Newcomer) => [`customer:${id}`] },
  forget: { kind: 'write', touches: ({ id }: { id: CustomerId }) => [`customer:${id}`] },
  merge: {
    kind: 'write',
    touches: ({ survivorId, mergedId }: { survivorId: CustomerId; mergedId: CustomerId }) => [
      `customer:${survivorId}`,
      `customer:${mergedId}`,
    ],
  },
  unmerge: { kind: 'write', touches: ({ mergedId }: { mergedId: CustomerId }) => [`customer:${mergedId}`] },
  mergesOf: {
    kind: 'batch',
    maxKeys: 1000,
    maxAgeSeconds: 0,
    subjectOf: (id: CustomerId) => `customer:${id}`,
    customer: 'NONE',
  },
  scanLinks: { kind: 'read', customer: 'HUB_ONLY' },
  link: { kind: 'write', touches: ({ customerId }: LinkOfCustomer) => [`customer:${customerId}`] },
  endLink: { kind: 'write', touches: ({ customerId }: LinkOfCustomer) => [`customer:${customerId}`] },
  count: { kind: 'read', customer: 'HUB_ONLY' },
} satisfies MethodsOf<IdentityPort>;
