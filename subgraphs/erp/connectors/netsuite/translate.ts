import { id } from '../../../../platform/ids.ts';
import { type Money, money, moneyOf, negate, subtract, sum } from '../../../../platform/money.ts';
import type { DirectoryEntry, Page } from '../../../../platform/page.ts';
import type {
  CreditStanding,
  CreditStatus,
  ErpCustomer,
  FulfilmentStatus,
  Invoice,
  InvoiceLine,
  InvoiceStatus,
  LegalEntity,
  LegalEntityId,
  Product,
  ProductKind,
  SalesOrder,
  SalesOrderLine,
  SalesOrderStatus,
} from '../../model.ts';
import { termsOfDays } from '../../payment-terms.ts';
import type {
  CustomerRow,
  DirectoryRow,
  InvoiceLineRow,
  InvoiceRow,
  OrderRow,
  ProductRow,
  RelationshipRow,
  SubsidiaryRow,
} from './wire.ts';

/** From NetSuite's rows to the hub's words, and nothing else: no calls, no clock. */

export function toCustomer(row: CustomerRow, asOf: string): ErpCustomer {
  const amount = (text: string | undefined): Money => moneyOf(text ?? '0', row.currency);
  const address = {
    line1: row.addr1,
    line2: row.addr2,
    city: row.city,
    region: row.state,
    postalCode: row.zip,
    country: row.country,
  };
  return {
    id: id<'ErpCustomer'>(row.id),
    hubId: row.externalid ?? null,
    legalName: row.name,
    taxId: row.taxid ?? null,
    billingAddress: Object.values(address).some((part) => part !== undefined)
      ? {
          line1: row.addr1 ?? null,
          line2: row.addr2 ?? null,
          city: row.city ?? null,
          region: row.state ?? null,
          postalCode: row.zip ?? null,
          country: row.country ?? null,
        }
      : null,
    // Terms that the hub has no word for (3/10 net 30, say) are told as none rather than as the wrong ones.
    paymentTerms: row.termdays === undefined ? null : termsOfDays(row.termdays),
    legalEntityId: row.subsidiary === undefined ? null : id<'LegalEntity'>(row.subsidiary),
    taxCode: row.taxcode ?? null,
    currency: row.currency,
    credit: toCredit(row, asOf),
    receivables: { balance: amount(row.balance), overdue: amount(row.overdue), asOf },
    hasOrders: (row.orders ?? 0) > 0,
    ...(row.email === undefined ? {} : { email: row.email }),
  };
}

/**
 * NetSuite's rule (help: "Customer Credit Limits and Holds"): ON always holds, OFF never, AUTO holds who is over the limit
 * and late. Who is only one of the two is WATCH.
 */
function toCredit(row: CustomerRow, asOf: string): CreditStanding {
  const amount = (text: string | undefined): Money => moneyOf(text ?? '0', row.currency);
  const limit = row.creditlimit === undefined ? null : amount(row.creditlimit);
  const exposure = sum(row.currency, [amount(row.balance), amount(row.unbilled)]);
  const over = limit !== null && exposure.minor > limit.minor;
  const late = amount(row.overdue).minor > 0n;
  const held = row.hold === 'ON' || (row.hold === 'AUTO' && over && late);
  const status: CreditStatus = held ? 'HOLD' : over || late ? 'WATCH' : 'GOOD';
  const left = limit === null ? null : subtract(limit, exposure);
  return { status, limit, exposure, available: left !== null && left.minor < 0n ? money(0, row.currency) : left, asOf };
}

/** Help: "Transaction status codes". E is pending billing while a part is still to be shipped. */
const ORDER_STATUS = {
  A: 'PENDING_APPROVAL',
  B: 'PENDING_FULFILMENT',
  C: 'CANCELLED',
  D: 'PARTIALLY_FULFILLED',
  E: 'PARTIALLY_FULFILLED',
  F: 'PENDING_BILLING',
  G: 'BILLED',
  H: 'CLOSED',
} as const satisfies Record<OrderRow['status'], SalesOrderStatus>;

/** Orders from their lines, in the order in which they first appear. */
export function toOrders(rows: readonly OrderRow[]): SalesOrder[] {
  return [...Map.groupBy(rows, (row) => row.id).values()].map(toOrder);
}

function toOrder(rows: readonly OrderRow[]): SalesOrder {
  const head = rows[0] as OrderRow; // groupBy makes no empty group
  const amount = (text: string | undefined): Money => moneyOf(text ?? '0', head.currency);
  const sold = rows.filter((row) => row.taxline !== 'T' && row.sku !== undefined && row.quantity !== undefined);
  const tax = sum(
    head.currency,
    rows.filter((row) => row.taxline === 'T').map((row) => negate(amount(row.amount))),
  ); // credits in the ledger
  const total = amount(head.total);
  const moved = sold.some((row) => (row.shipped ?? 0) !== 0 || (row.billed ?? 0) !== 0);
  // NetSuite has no way to cancel over REST: an order whose lines were closed before anything moved was cancelled.
  const status = head.status === 'H' && !moved ? 'CANCELLED' : ORDER_STATUS[head.status];
  return {
    id: id<'SalesOrder'>(head.id),
    number: head.number,
    status,
    orderedOn: head.trandate,
    purchaseOrderNumber: head.ponumber ?? null,
    reference: head.externalid ?? null,
    currency: head.currency,
    lines: sold.map((row, at): SalesOrderLine => {
      const quantity = Math.abs(row.quantity ?? 0);
      return {
        position: at + 1,
        sku: id<'Sku'>(row.sku ?? ''),
        quantity,
        unitPrice: amount(row.rate),
        netAmount: negate(amount(row.amount)),
        taxCode: null, // SuiteTax decides by nexus when it posts; a line carries no code
        fulfilledQuantity: Math.abs(row.shipped ?? 0),
      };
    }),
    netTotal: subtract(total, tax),
    tax,
    total,
    fulfilment: toFulfilment(head, status, sold),
    customerId: id<'ErpCustomer'>(head.entity),
    legalEntityId: head.subsidiary === undefined ? null : id<'LegalEntity'>(head.subsidiary),
  };
}

function toFulfilment(head: OrderRow, status: SalesOrderStatus, lines: readonly OrderRow[]): SalesOrder['fulfilment'] {
  const shipped = lines.filter((row) => Math.abs(row.shipped ?? 0) >= Math.abs(row.quantity ?? 0)).length;
  const started = lines.some((row) => (row.shipped ?? 0) !== 0);
  const complete = (lines.length > 0 && shipped === lines.length) || head.status === 'F' || head.status === 'G';
  const state: FulfilmentStatus =
    status === 'CANCELLED' ? 'CANCELLED' : complete ? 'COMPLETE' : started ? 'PARTIAL' : 'NOT_STARTED';
  const billed = lines.length > 0 && lines.every((row) => Math.abs(row.billed ?? 0) >= Math.abs(row.quantity ?? 0));
  return {
    status: state,
    milestones: [
      { name: 'ORDERED', reachedAt: startOf(head.trandate) },
      { name: 'FULFILLED', reachedAt: complete ? latest(lines.map((row) => row.shippedon)) : null },
      { name: 'INVOICED', reachedAt: billed ? latest(lines.map((row) => row.billedon)) : null },
    ],
  };
}

/** NetSuite keeps days, the graph instants: the day's beginning in UTC. */
const startOf = (day: string): string => `${day}T00:00:00.000Z`;

function latest(days: readonly (string | undefined)[]): string | null {
  const last = days
    .filter((day) => day !== undefined)
    .sort()
    .at(-1);
  return last === undefined ? null : startOf(last);
}

const INVOICE_STATUS = {
  A: 'OPEN',
  B: 'PAID',
  D: 'PENDING_APPROVAL',
  E: 'VOIDED',
  V: 'VOIDED',
} as const satisfies Record<InvoiceRow['status'], InvoiceStatus>;

/** `today` in the form `YYYY-MM-DD` parts open from overdue. */
export function toInvoice(row: InvoiceRow, today: string): Invoice {
  const status = INVOICE_STATUS[row.status];
  return {
    id: id<'Invoice'>(row.id),
    number: row.number,
    status: status === 'OPEN' && row.duedate !== undefined && row.duedate < today ? 'OVERDUE' : status,
    issuedOn: row.trandate,
    dueOn: row.duedate ?? null,
    total: moneyOf(row.total, row.currency),
    balance: moneyOf(row.unpaid ?? '0', row.currency),
    customerId: id<'ErpCustomer'>(row.entity),
  };
}

/** The lines among the rows of one invoice, by their places. Quantities and amounts of sales are negative in the ledger. */
export const toInvoiceLines = (rows: readonly InvoiceLineRow[]): InvoiceLine[] =>
  rows
    .flatMap(({ position, sku, memo, quantity, rate, amount, currency }): InvoiceLine[] => {
      if (position === undefined) return [];
      return [
        {
          position,
          sku: sku === undefined ? null : id<'Sku'>(sku),
          description: memo ?? null,
          quantity: quantity === undefined ? null : negated(quantity),
          unitPrice: rate === undefined ? null : moneyOf(rate, currency),
          netAmount: negate(moneyOf(amount ?? '0', currency)),
        },
      ];
    })
    .sort((a, b) => a.position - b.position);

const negated = (decimal: string): string =>
  decimal.startsWith('-') ? decimal.slice(1) : Number(decimal) === 0 ? decimal : `-${decimal}`;

const GOODS = new Set(['InvtPart', 'NonInvtPart', 'Assembly', 'Kit']);
const STOCKED = new Set(['InvtPart', 'Assembly']);

/** Products from their prices, by SKU. */
export function toProducts(rows: readonly ProductRow[], asOf: string): Product[] {
  return [...Map.groupBy(rows, (row) => row.sku).values()].map((prices) => {
    const head = prices[0] as ProductRow; // groupBy makes no empty group
    const kind: ProductKind = GOODS.has(head.itemtype) ? 'GOODS' : head.recurring === 'T' ? 'SUBSCRIPTION' : 'SERVICE';
    return {
      sku: id<'Sku'>(head.sku),
      name: head.name ?? head.sku,
      kind,
      active: head.inactive === 'F',
      taxClass: head.taxclass ?? null,
      listPrices: Object.fromEntries(
        prices.flatMap(({ price, currency }) =>
          price === undefined || currency === undefined ? [] : [[currency, moneyOf(price, currency)]],
        ),
      ),
      inventory: STOCKED.has(head.itemtype)
        ? { onHand: Math.trunc(head.onhand ?? 0), available: Math.trunc(head.available ?? 0), asOf }
        : null,
    };
  });
}

export const toLegalEntity = (row: SubsidiaryRow): LegalEntity => ({
  id: id<'LegalEntity'>(row.id),
  name: row.name,
  country: row.country,
  currency: row.currency,
});

/** The primary subsidiary first, the others in the order of their ids. */
export const toLegalEntityIds = (rows: readonly RelationshipRow[]): LegalEntityId[] =>
  rows
    .toSorted(
      (a, b) =>
        Number(b.isprimary === 'T') - Number(a.isprimary === 'T') || Number(a.subsidiary) - Number(b.subsidiary),
    )
    .map(({ subsidiary }) => id<'LegalEntity'>(subsidiary));

/** A merge in NetSuite deletes the merged record and keeps no trace of it, so none can be told here. */
export const toDirectoryEntry = (row: DirectoryRow): DirectoryEntry => ({
  externalId: row.id,
  hubId: row.externalid ?? null,
  name: row.name,
  email: row.email ?? null,
  parentExternalId: row.parent ?? null,
  mergedIntoExternalId: null,
});

/** A page cut from one entry more than was asked for. The cursor is the last entry's own key. */
export function toPage<T>(entries: readonly T[], first: number, keyOf: (entry: T) => string): Page<T> {
  const kept = entries.slice(0, first);
  const last = kept.at(-1);
  return { entries: kept, hasMore: entries.length > first, endCursor: last === undefined ? null : keyOf(last) };
}
