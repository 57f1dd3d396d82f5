import type { z } from 'zod';
import type { Call } from '../../../../platform/call.ts';
import { type Clock, day, instant } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import { emptyPage, type ListOf, type Page } from '../../../../platform/page.ts';
import type { ErpCustomerId, Invoice, ProductKind, SalesOrder } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { normalTaxId } from '../../tax-id.ts';
import { SYSTEM } from './failures.ts';
import * as queries from './queries.ts';
import { isInternalId, isName } from './sql.ts';
import { PAGE_ROWS, type Select, type SuiteQl } from './suiteql.ts';
import {
  toCustomer,
  toDirectoryEntry,
  toInvoice,
  toLegalEntity,
  toLegalEntityIds,
  toOrders,
  toPage,
  toProducts,
} from './translate.ts';
import {
  CustomerRow,
  DirectoryRow,
  HolderRow,
  InvoiceRow,
  OrderRow,
  ProductRow,
  RelationshipRow,
  SubsidiaryRow,
} from './wire.ts';

/** Companies of one tax group carry the same id; more than these are no help to whoever decides. */
const MOST_HOLDERS = 10;

type Reads = Pick<
  ErpPort,
  | 'customers'
  | 'products'
  | 'salesOrders'
  | 'salesOrdersByNumber'
  | 'invoices'
  | 'salesOrdersOf'
  | 'invoicesOf'
  | 'legalEntities'
  | 'legalEntitiesOf'
  | 'catalogue'
  | 'directory'
  | 'taxIdHolders'
  | 'estimateTax'
>;

/** The port's questions. Ids that NetSuite cannot hold are answered with null and never sent. */
export function createReads(suiteql: SuiteQl, clock: Clock): Reads {
  /** One answer per key, in order, from rows that come in any order. */
  async function byKey<Key extends string, Row extends z.ZodType, T>(
    keys: readonly Key[],
    can: (key: string) => boolean,
    ask: { select: (keys: readonly Key[]) => Select; row: Row; entries: (rows: z.infer<Row>[]) => readonly T[] },
    keyOf: (entry: T) => string,
    call: Call,
  ): Promise<(T | null)[]> {
    const possible = [...new Set(keys.filter(can))];
    const rows = possible.length === 0 ? [] : await suiteql.rows(ask.select(possible), ask.row, call);
    const found = new Map(ask.entries(rows).map((entry) => [keyOf(entry), entry]));
    return keys.map((key) => found.get(key) ?? null);
  }

  /**
   * Pages of many customers from one statement. A customer asked for twice (two pages, two statuses) comes in a second
   * part of it, because rows are numbered within the customer.
   */
  async function pagesOf<Row extends z.ZodType, T extends { readonly id: string; readonly customerId: string }>(
    lists: readonly ListOf<ErpCustomerId>[],
    ask: {
      select: (starts: readonly queries.PageStart[], most: number) => Select;
      row: Row;
      entries: (rows: z.infer<Row>[]) => readonly T[];
      also: (status: string | null) => string;
    },
    newestFirst: (a: T, b: T) => number,
    call: Call,
  ): Promise<Page<T>[]> {
    const pages: Page<T>[] = lists.map(() => emptyPage);
    const asked = lists.flatMap((list, at) => {
      if (!isInternalId(list.of)) return [];
      if (list.after !== null && !isInternalId(list.after)) throw unknownCursor();
      return [{ at, list, start: { entity: list.of, after: list.after, also: ask.also(list.status ?? null) } }];
    });
    await Promise.all(
      rounds(asked, ({ list }) => list.of).map(async (round) => {
        const most = Math.max(...round.map(({ list }) => list.first));
        const select = ask.select(
          round.map(({ start }) => start),
          most,
        );
        const entries = ask.entries(await suiteql.rows(select, ask.row, call));
        const ofCustomer = Map.groupBy(entries, ({ customerId }) => customerId);
        for (const { at, list } of round) {
          const newest = [...(ofCustomer.get(list.of) ?? [])].sort(newestFirst);
          pages[at] = toPage(newest, list.first, (entry) => entry.id);
        }
      }),
    );
    return pages;
  }

  const invoices = (rows: InvoiceRow[]): Invoice[] => rows.map((row) => toInvoice(row, day(clock)));

  return {
    customers: (ids, call) =>
      byKey(
        ids,
        isInternalId,
        {
          select: queries.customersById,
          row: CustomerRow,
          entries: (rows) => rows.map((row) => toCustomer(row, instant(clock))),
        },
        (customer) => customer.id,
        call,
      ),
    products: (skus, call) =>
      byKey(
        skus,
        isName,
        { select: queries.productsBySku, row: ProductRow, entries: (rows) => toProducts(rows, instant(clock)) },
        (product) => product.sku,
        call,
      ),
    salesOrders: (ids, call) =>
      byKey(ids, isInternalId, { select: queries.ordersById, row: OrderRow, entries: toOrders }, ({ id }) => id, call),
    salesOrdersByNumber: (numbers, call) =>
      byKey(
        numbers,
        isName,
        { select: queries.ordersByNumber, row: OrderRow, entries: toOrders },
        ({ number }) => number,
        call,
      ),
    invoices: (ids, call) =>
      byKey(
        ids,
        isInternalId,
        { select: queries.invoicesById, row: InvoiceRow, entries: invoices },
        ({ id }) => id,
        call,
      ),
    salesOrdersOf: (lists, call) =>
      pagesOf(
        lists,
        { select: queries.ordersOf, row: OrderRow, entries: toOrders, also: () => '' },
        (a: SalesOrder, b: SalesOrder) => newer(a.orderedOn, a.id, b.orderedOn, b.id),
        call,
      ),
    invoicesOf: (lists, call) =>
      pagesOf(
        lists,
        {
          select: queries.invoicesOf,
          row: InvoiceRow,
          entries: invoices,
          also: (status) => condition(status, day(clock)),
        },
        (a: Invoice, b: Invoice) => newer(a.issuedOn, a.id, b.issuedOn, b.id),
        call,
      ),
    async legalEntities(keys, call) {
      const rows = await suiteql.rows(queries.subsidiaries, SubsidiaryRow, call);
      const all = rows.map(toLegalEntity);
      return keys.map(() => all);
    },
    async legalEntitiesOf(ids, call) {
      const possible = [...new Set(ids.filter(isInternalId))];
      const rows =
        possible.length === 0 ? [] : await suiteql.rows(queries.relationshipsOf(possible), RelationshipRow, call);
      const byCustomer = Map.groupBy(rows, (row) => row.id);
      return ids.map((customer) => toLegalEntityIds(byCustomer.get(customer) ?? []));
    },
    catalogue: (lists, call) =>
      Promise.all(
        lists.map(async ({ of, first, after }) => {
          if (after !== null && !isName(after)) throw unknownCursor();
          const rows = await suiteql.rows(
            queries.catalogueFrom(of as ProductKind | '*', after, first),
            ProductRow,
            call,
          ); // ListOf narrows `of` to these
          const bySku = toProducts(rows, instant(clock)).sort((a, b) => (a.sku < b.sku ? -1 : 1));
          return toPage(bySku, first, ({ sku }) => sku);
        }),
      ),
    async directory({ first, after }, call) {
      if (after !== null && !isInternalId(after)) throw unknownCursor();
      const limit = Math.min(first, PAGE_ROWS);
      const { rows, hasMore } = await suiteql.page(queries.directoryAfter(after ?? '0'), DirectoryRow, limit, call);
      const entries = rows.map(toDirectoryEntry);
      return { entries, hasMore, endCursor: entries.at(-1)?.externalId ?? null };
    },
    async taxIdHolders(taxId, call) {
      const normal = normalTaxId(taxId);
      if (!isName(normal)) return [];
      const { rows } = await suiteql.page(queries.taxIdHolders(normal), HolderRow, MOST_HOLDERS, call);
      return rows.map((row) => id(row.id));
    },
    // SuiteTax computes when a transaction is saved; there is no request that only asks.
    estimateTax: async () => null,
  };
}

function condition(status: string | null, today: string): string {
  if (status === null) return '';
  const known = queries.INVOICE_CONDITION[status];
  if (!known)
    throw new HubError('INVALID', `there is no invoice status ${status}`, { system: SYSTEM, field: 'status' });
  return known(today);
}

export const unknownCursor = (): HubError =>
  new HubError('INVALID', 'the cursor is none that this list gave out; pass endCursor of the page before', {
    system: SYSTEM,
    field: 'after',
  });

/** Newest first; on one day the later id is the newer one. Ids are compared as numbers: they differ in length. */
const newer = (dayA: string, idA: string, dayB: string, idB: string): number =>
  dayA === dayB ? Number(idB) - Number(idA) : dayA < dayB ? 1 : -1;

/** Splits into as few groups as it takes for no group to hold a key twice. */
export function rounds<T>(all: readonly T[], keyOf: (entry: T) => string): T[][] {
  const nth = new Map<T, number>();
  const seen = new Map<string, number>();
  for (const entry of all) {
    const before = seen.get(keyOf(entry)) ?? 0;
    seen.set(keyOf(entry), before + 1);
    nth.set(entry, before);
  }
  return [...Map.groupBy(all, (entry) => nth.get(entry) ?? 0).values()];
}
