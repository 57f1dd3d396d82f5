import { HubError } from './errors.ts';

/** One page of a list of something that belongs to `of`, newest first unless the port says otherwise. */
export interface ListOf<Key extends string = string> {
  readonly of: Key;
  /** 1 to 100. */
  readonly first: number;
  /** `endCursor` of the page before; null for the first page. */
  readonly after: string | null;
  /** Restricts to one status, in the domain's words; null for all. */
  readonly status?: string | null;
}

export interface Page<T> {
  readonly entries: readonly T[];
  readonly hasMore: boolean;
  readonly endCursor: string | null;
}

/** Cuts a page out of a list that is wholly in memory; the cursor is the key of the last entry. */
export function pageOf<T>(
  all: readonly T[],
  first: number,
  after: string | null,
  keyOf: (entry: T) => string,
): Page<T> {
  const start = after === null ? 0 : all.findIndex((entry) => keyOf(entry) === after) + 1;
  const entries = all.slice(start, start + first);
  const last = entries.at(-1);
  return { entries, hasMore: start + entries.length < all.length, endCursor: last === undefined ? null : keyOf(last) };
}

export const emptyPage: Page<never> = { entries: [], hasMore: false, endCursor: null };

/** The page in the graph's connection shape. */
export function connection<T>(page: Page<T>, cursorOf: (entry: T) => string) {
  return {
    edges: page.entries.map((node) => ({ cursor: cursorOf(node), node })),
    nodes: page.entries,
    pageInfo: { hasNextPage: page.hasMore, endCursor: page.endCursor },
  };
}

/** One row of a scan over all customers that a system holds. */
export interface DirectoryEntry {
  /** The system's own id. */
  readonly externalId: string;
  /** The correlation key that the system holds, normally the hub id; null where it holds none. */
  readonly hubId: string | null;
  readonly name: string;
  readonly email: string | null;
  /** The external id of the customer above it, in the same system. */
  readonly parentExternalId: string | null;
  /** The external id that this one was merged into; null while it stands. */
  readonly mergedIntoExternalId: string | null;
  /** What callers may be limited by, as far as this system is the one to say it; absent where it is not. */
  readonly rows?: RowAttributes;
}

/** What `RowScope` is compared with. A value that is absent is one that this system does not say. */
export interface RowAttributes {
  /** Ids of the accounts through whom the customer buys. Said by the CRM. */
  readonly partnersOfRecord?: readonly string[];
  /** Sales region. Example: `EMEA`. Said by the CRM; null: none is set. */
  readonly region?: string | null;
  /** Codes of the own companies that bill the customer. Said by the ERP. */
  readonly legalEntities?: readonly string[];
}

/** Paging arguments of a list field, as clients give them. */
export interface ListArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly status?: string | null;
}

/** The list that a client asks for. @throws INVALID when `first` is not from 1 to 100 */
export function listOf<Key extends string>(
  of: Key,
  { first, after = null, status = null }: ListArguments,
): ListOf<Key> {
  return { of, first: pageSize(first), after, status };
}

/** @throws INVALID when it is not from 1 to 100 */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? 10;
  if (size >= 1 && size <= 100) return size;
  throw new HubError('INVALID', `first must be from 1 to 100; it is ${size}`, { field: 'first' });
}
