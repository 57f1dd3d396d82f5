import type { Call } from '../../../../platform/call.ts';
import { type Clock, day, instant } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import type { Page } from '../../../../platform/page.ts';
import type { Invoice, Product, SalesOrder } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { normalTaxId } from '../../tax-id.ts';
import { SYSTEM } from './failures.ts';
import { type Listed, pagesOf, unknownCursor } from './lists.ts';
import { ALSO_INACTIVE, type Domain, isCode, isRecordId, type Records } from './records.ts';
import type { Session } from './session.ts';
import { toCustomer, toDirectoryEntry, toInvoice, toLegalEntity, toOrder, toProduct } from './translate.ts';
import { asDate } from './values.ts';
import * as wire from './wire.ts';

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
  | 'catalogue'
  | 'directory'
  | 'taxIdHolders'
>;

/** Sales of the hub's lists: a draft has no number yet, a quotation without a day is not ordered. */
const NUMBERED: Domain = [
  ['number', '!=', null],
  ['sale_date', '!=', null],
];
/** Invoices that went out: what has no number was not issued. */
export const ISSUED: Domain = [
  ['type', '=', 'out'],
  ['number', '!=', null],
  ['invoice_date', '!=', null],
];
/** Orders that were taken and not taken back; `toOrder` tells these the same way. */
const TAKEN: Domain = [
  'OR',
  ['state', 'in', ['confirmed', 'processing']],
  [
    ['state', '=', 'done'],
    ['OR', ['invoice_state', '!=', 'none'], ['invoices_ignored', '=', null]],
  ],
];
/** Most rows from which to learn who has orders. */
const MOST_SALES = 1_000;

/** The port's questions. Ids that Tryton cannot hold are answered with null and never sent. */
export function createReads(session: Session, records: Records, clock: Clock): Reads {
  /** One answer per key, in order, from rows that come in any order. */
  async function byKey<Key extends string, T>(
    keys: readonly Key[],
    can: (key: string) => boolean,
    ask: (keys: readonly Key[]) => Promise<readonly T[]>,
    keyOf: (entry: T) => string,
  ): Promise<(T | null)[]> {
    const possible = [...new Set(keys.filter(can))];
    const entries = possible.length === 0 ? [] : await ask(possible);
    const found = new Map(entries.map((entry) => [keyOf(entry), entry]));
    return keys.map((key) => found.get(key) ?? null);
  }

  async function partiesWith(model: string, domain: Domain, call: Call): Promise<ReadonlySet<number>> {
    const rows = await records.search(model, { domain, fields: ['party'], row: wire.OfPartyRow }, call);
    return new Set(rows.map(({ party }) => party));
  }

  /** A full answer has named at least one customer; the rest are asked for again without those. */
  async function whoOrdered(ids: readonly number[], call: Call): Promise<ReadonlySet<number>> {
    const ordered = new Set<number>();
    for (;;) {
      const open = ids.filter((id) => !ordered.has(id));
      const rows = await records.search(
        'sale.sale',
        { domain: [['party', 'in', open], TAKEN], fields: ['party'], row: wire.OfPartyRow, limit: MOST_SALES },
        call,
      );
      for (const { party } of rows) ordered.add(party);
      if (rows.length < MOST_SALES) return ordered;
    }
  }

  async function customers(ids: readonly number[], call: Call) {
    const { company, modules } = await session.ground(call);
    const credit = modules.has('account_credit_limit');
    const dunned: Domain = [
      ['party', 'in', ids],
      ['level.credit_limit', '=', true],
      ['blocked', '!=', true],
    ];
    const [rows, ordered, stopped] = await Promise.all([
      records.search(
        'party.party',
        {
          domain: [['id', 'in', ids], ALSO_INACTIVE],
          fields: [...wire.PARTY_FIELDS, ...(credit ? wire.CREDIT_FIELDS : [])],
          row: wire.PartyRow,
        },
        call,
      ),
      whoOrdered(ids, call),
      credit && modules.has('account_dunning') ? partiesWith('account.dunning', dunned, call) : new Set<number>(),
    ]);
    const asOf = instant(clock);
    return rows.map((row) => toCustomer(row, { company, ordered, stopped, asOf }));
  }

  /** Stock is counted over all warehouses; the forecast takes off what is promised to orders. */
  let warehouses: Promise<readonly number[]> | undefined;
  async function stockContext(call: Call): Promise<Readonly<Record<string, unknown>>> {
    warehouses ??= records
      .search('stock.location', { domain: [['type', '=', 'warehouse']], fields: ['code'], row: wire.IdRow }, call)
      .then((rows) => rows.map(({ id }) => id))
      .catch((error: unknown) => {
        warehouses = undefined; // asked again by the next one
        throw error;
      });
    return { locations: await warehouses, with_childs: true };
  }

  /** Ids of products that are sold as subscription services; among some, or of all. */
  async function subscriptionProducts(call: Call, among?: readonly number[]): Promise<readonly number[]> {
    if (!(await session.ground(call)).modules.has('sale_subscription')) return [];
    const domain = among === undefined ? [] : [['product', 'in', among]];
    const question = { domain, fields: ['product'], row: wire.ServiceRow };
    return (await records.search('sale.subscription.service', question, call)).map(({ product }) => product);
  }

  async function products(ask: Pick<Question, 'domain' | 'order' | 'limit'>, call: Call): Promise<Product[]> {
    const [{ company }, extra] = await Promise.all([session.ground(call), stockContext(call)]);
    const rows = await records.search(
      'product.product',
      { ...ask, fields: wire.PRODUCT_FIELDS, row: wire.ProductRow, extra },
      call,
    );
    const services = rows.filter(({ type }) => type === 'service').map(({ id }) => id);
    const subscriptions = new Set(services.length === 0 ? [] : await subscriptionProducts(call, services));
    const about = { subscriptions, currency: company['currency.'].code, asOf: instant(clock) };
    return rows.map((row) => toProduct(row, about));
  }

  async function orders(condition: Domain, call: Call): Promise<SalesOrder[]> {
    const question = { domain: [NUMBERED, condition], fields: wire.SALE_FIELDS, row: wire.SaleRow };
    return (await records.search('sale.sale', question, call)).map(toOrder);
  }

  async function invoices(ids: readonly number[], call: Call): Promise<Invoice[]> {
    const domain = [ISSUED, ['id', 'in', ids]];
    const rows = await records.search(
      'account.invoice',
      { domain, fields: wire.INVOICE_FIELDS, row: wire.InvoiceRow },
      call,
    );
    return rows.map((row) => toInvoice(row, day(clock)));
  }

  const orderLists: Listed<typeof wire.SaleHead, SalesOrder> = {
    model: 'sale.sale',
    dayField: 'sale_date',
    head: wire.SaleHead,
    toHead: ({ id, party, sale_date: on }) => ({ id, party, on }),
    domain: () => NUMBERED,
    entries: (ids, call) => orders(['id', 'in', ids], call),
    keyOf: ({ id }) => id,
  };
  const invoiceLists: Listed<typeof wire.InvoiceHead, Invoice> = {
    model: 'account.invoice',
    dayField: 'invoice_date',
    head: wire.InvoiceHead,
    toHead: ({ id, party, invoice_date: on }) => ({ id, party, on }),
    domain: (status) => [ISSUED, ...withStatus(status, day(clock))],
    entries: invoices,
    keyOf: ({ id }) => id,
  };

  return {
    customers: (ids, call) =>
      byKey(
        ids,
        isRecordId,
        (known) => customers(known.map(Number), call),
        ({ id }) => id,
      ),
    products: (skus, call) =>
      byKey(
        skus,
        isCode,
        (known) => products({ domain: [['code', 'in', known], ALSO_INACTIVE] }, call),
        ({ sku }) => sku,
      ),
    salesOrders: (ids, call) =>
      byKey(
        ids,
        isRecordId,
        (known) => orders(['id', 'in', known.map(Number)], call),
        ({ id }) => id,
      ),
    salesOrdersByNumber: (numbers, call) =>
      byKey(
        numbers,
        isCode,
        (known) => orders(['number', 'in', known], call),
        ({ number }) => number,
      ),
    invoices: (ids, call) =>
      byKey(
        ids,
        isRecordId,
        (known) => invoices(known.map(Number), call),
        ({ id }) => id,
      ),
    salesOrdersOf: (lists, call) => pagesOf(records, orderLists, lists, call),
    invoicesOf: (lists, call) => pagesOf(records, invoiceLists, lists, call),
    /** Only the company that the hub's user works in: another one's books this session cannot write. */
    async legalEntities(keys, call) {
      const { company } = await session.ground(call);
      return keys.map(() => [toLegalEntity(company)]);
    },
    catalogue: (lists, call) =>
      Promise.all(
        lists.map(async ({ of, first, after }) => {
          if (after !== null && !isCode(after)) unknownCursor();
          const subscriptions = of === 'SERVICE' || of === 'SUBSCRIPTION' ? await subscriptionProducts(call) : [];
          const domain: Domain = [
            ['code', '!=', null],
            ['salable', '=', true],
            ALSO_INACTIVE,
            ...(after === null ? [] : [['code', '>', after]]),
            ...ofKind(of, subscriptions),
          ];
          const found = await products({ domain, order: [['code', 'ASC']], limit: first + 1 }, call);
          return cut(found, first, ({ sku }) => sku);
        }),
      ),
    /** Tryton itself keeps the code of a checked identifier without anything between its parts. */
    async taxIdHolders(taxId, call) {
      const code = normalTaxId(taxId);
      if (!/^[A-Z0-9]+$/.test(code)) return []; // `ilike` would take anything else for a pattern
      const domain: Domain = [['identifiers.code', 'ilike', code]];
      const rows = await records.search(
        'party.party',
        { domain, fields: wire.DIRECTORY_FIELDS, row: wire.DirectoryRow, order: [['id', 'ASC']], limit: MOST_HOLDERS },
        call,
      );
      return rows.map((row) => id(toDirectoryEntry(row).externalId));
    },
    async directory({ first, after }, call) {
      if (after !== null && !isRecordId(after)) unknownCursor();
      const { company } = await session.ground(call);
      const employees = await partiesWith('company.employee', [], call);
      const domain: Domain = [
        ['id', '>', Number(after ?? 0)],
        ['id', 'not in', [company['party.'].id, ...employees]], // our own people are parties too
        ALSO_INACTIVE,
      ];
      const rows = await records.search(
        'party.party',
        { domain, fields: wire.DIRECTORY_FIELDS, row: wire.DirectoryRow, order: [['id', 'ASC']], limit: first + 1 },
        call,
      );
      return cut(rows.map(toDirectoryEntry), first, ({ externalId }) => externalId);
    },
  };
}

type Question = Parameters<Records['search']>[1];

/** The hub's kinds as conditions on a product. */
function ofKind(kind: string, subscriptions: readonly number[]): Domain {
  const conditions: Readonly<Record<string, Domain>> = {
    '*': [],
    GOODS: [['type', '!=', 'service']],
    SERVICE: [
      ['type', '=', 'service'],
      ['id', 'not in', subscriptions],
    ],
    SUBSCRIPTION: [
      ['type', '=', 'service'],
      ['id', 'in', subscriptions],
    ],
  };
  return conditions[kind] ?? unknown('kind', kind);
}

/** The hub's invoice statuses as conditions; `today` parts open from overdue as `toInvoice` does. */
function withStatus(status: string | null, today: string): Domain {
  const late: Domain = [
    ['account.type.receivable', '=', true],
    ['reconciliation', '=', null],
    ['maturity_date', '<=', asDate(today)],
  ];
  const conditions: Readonly<Record<string, Domain>> = {
    OPEN: [
      ['state', '=', 'posted'],
      ['move.lines', 'not where', late],
    ],
    OVERDUE: [
      ['state', '=', 'posted'],
      ['move.lines', 'where', late],
    ],
    PAID: [['state', '=', 'paid']],
    VOIDED: [['state', '=', 'cancelled']],
    PENDING_APPROVAL: [['state', 'in', ['draft', 'validated']]],
  };
  return status === null ? [] : (conditions[status] ?? unknown('status', status));
}

function unknown(field: string, value: string): never {
  throw new HubError('INVALID', `there is no ${field} ${value}`, { system: SYSTEM, field });
}

function cut<T>(entries: readonly T[], first: number, keyOf: (entry: T) => string): Page<T> {
  const kept = entries.slice(0, first);
  const last = kept.at(-1);
  return { entries: kept, hasMore: entries.length > first, endCursor: last === undefined ? null : keyOf(last) };
}
