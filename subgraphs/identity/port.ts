import type { Call } from '../../platform/call.ts';
import type { DirectoryEntry, ListOf, Page } from '../../platform/page.ts';
import { listKey, type MethodsOf } from '../../platform/port/methods.ts';
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
  /** How many customers are registered. */
  count(query: Record<string, never>, call: Call): Promise<number>;
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
  count: { kind: 'read', customer: 'HUB_ONLY' },
} satisfies MethodsOf<IdentityPort>;
