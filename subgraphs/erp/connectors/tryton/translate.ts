import { id } from '../../../../platform/ids.ts';
import { type Money, money, moneyOf, subtract } from '../../../../platform/money.ts';
import type { DirectoryEntry } from '../../../../platform/page.ts';
import type {
  CreditStanding,
  ErpCustomer,
  FulfilmentStatus,
  Invoice,
  InvoiceLine,
  InvoiceStatus,
  LegalEntity,
  PaymentTerms,
  PostalAddress,
  Product,
  SalesOrder,
  SalesOrderStatus,
} from '../../model.ts';
import { termsOfDays } from '../../payment-terms.ts';
import { isHubs, purchaseOrderOf } from './marks.ts';
import type {
  CompanyRow,
  DirectoryRow,
  InvoiceLineRow,
  InvoiceRow,
  PartyRow,
  ProductRow,
  SaleRow,
  TermRow,
} from './wire.ts';

/** From Tryton's rows to the hub's words, and nothing else: no calls, no clock. */

/** Days until the whole amount is due; null where it comes in parts, by months or on a day of the month. */
export function termDays(row: TermRow): number | null {
  const [line, ...more] = row['lines.'];
  if (line?.type !== 'remainder' || more.length > 0) return null;
  const deltas = line['relativedeltas.'];
  if (deltas.some(({ months, day }) => (months ?? 0) !== 0 || day !== null)) return null;
  return deltas.reduce((days, delta) => days + (delta.days ?? 0) + 7 * (delta.weeks ?? 0), 0);
}

export function toTerms(row: TermRow | null): PaymentTerms | null {
  const days = row === null ? null : termDays(row);
  // Terms that the hub has no word for are told as none rather than as the wrong ones.
  return days === null ? null : termsOfDays(days);
}

/** What of a customer stands in other records than the party. */
export interface Beside {
  readonly company: CompanyRow;
  /** Ids of parties with an order that was taken, and of those whose dunning stops orders. */
  readonly ordered: ReadonlySet<number>;
  readonly stopped: ReadonlySet<number>;
  readonly asOf: string;
}

export function toCustomer(row: PartyRow, { company, ordered, stopped, asOf }: Beside): ErpCustomer {
  const currency = company['currency.'].code; // a party has none; its accounts are kept in the company's
  const due = moneyOf(row.receivable_today, currency);
  const overdue = due.minor > 0n ? due : money(0, currency); // less than nothing: the customer has paid ahead
  return {
    id: id<'ErpCustomer'>(row.id),
    hubId: row.code,
    legalName: row.name ?? '',
    taxId: row['tax_identifier.']?.code ?? null,
    billingAddress: toAddress(billingAddressOf(row['addresses.'])),
    paymentTerms: toTerms(row['customer_payment_term.']),
    legalEntityId: id<'LegalEntity'>(company.id),
    taxCode: row['customer_tax_rule.']?.name ?? null,
    currency,
    credit: toCredit(row, { overdue, stopped: stopped.has(row.id), asOf }),
    receivables: { balance: moneyOf(row.receivable, currency), overdue, asOf },
    hasOrders: ordered.has(row.id),
  };
}

/**
 * Tryton takes an order as long as the credit amount with it is within the limit (account_credit_limit, party.py:
 * check_credit_limit): who has used up the limit, or is dunned at a level that counts, can order nothing.
 */
function toCredit(row: PartyRow, about: { overdue: Money; stopped: boolean; asOf: string }): CreditStanding {
  const { overdue, stopped, asOf } = about;
  const amount = (text: string): Money => moneyOf(text, overdue.currency);
  const exposure = amount(row.credit_amount ?? row.receivable);
  const limit =
    row.credit_limit_amount === undefined || row.credit_limit_amount === null ? null : amount(row.credit_limit_amount);
  const left = limit === null ? null : subtract(limit, exposure);
  const held = left !== null && (left.minor <= 0n || stopped);
  return {
    status: held ? 'HOLD' : overdue.minor > 0n ? 'WATCH' : 'GOOD',
    limit,
    exposure,
    available: left !== null && left.minor < 0n ? money(0, overdue.currency) : left,
    asOf,
  };
}

type AddressRow = PartyRow['addresses.'][number];

/** The one marked for invoices, else the first, as Tryton itself chooses (party.address_get). */
export function billingAddressOf(addresses: readonly AddressRow[]): AddressRow | undefined {
  const active = addresses.filter((address) => address.active);
  return active.find(({ invoice }) => invoice) ?? active[0];
}

function toAddress(row: AddressRow | undefined): PostalAddress | null {
  if (row === undefined) return null;
  const [line1, ...more] = (row.street ?? '').split('\n').filter((line) => line !== '');
  return {
    line1: line1 ?? null,
    line2: more.length === 0 ? null : more.join(', '),
    city: row.city,
    region: row['subdivision.']?.name ?? null,
    postalCode: row.postal_code,
    country: row['country.']?.code ?? null,
  };
}

/** A sale that was taken back: its invoices were cancelled and nothing of it left the house (`cancel-order.ts`). */
const isTakenBack = (row: SaleRow): boolean =>
  row.state === 'done' &&
  row.invoices_ignored.length > 0 &&
  row['invoices.'].every(({ state }) => state === 'cancelled') &&
  movesOf(row).every(({ state }) => state === 'cancelled');

const movesOf = (row: SaleRow) => row['lines.'].flatMap((line) => line['moves.']);

export function toOrder(row: SaleRow): SalesOrder {
  const currency = row['currency.'].code;
  const amount = (text: string | null): Money => moneyOf(text ?? '0', currency);
  const status = toOrderStatus(row);
  const lines = row['lines.'].filter(({ type }) => type === 'line').sort(byPlace);
  return {
    id: id<'SalesOrder'>(row.id),
    number: row.number,
    status,
    orderedOn: row.sale_date,
    purchaseOrderNumber: isHubs(row.description) ? purchaseOrderOf(row.description) : row.reference,
    reference: isHubs(row.description) ? row.reference : null,
    currency,
    lines: lines.map((line, at) => ({
      position: at + 1,
      sku: id<'Sku'>(line['product.']?.code ?? ''),
      quantity: line.quantity ?? 0,
      unitPrice: amount(line.unit_price),
      netAmount: amount(line.amount),
      taxCode: line['taxes.'].map(({ name }) => name).join(', ') || null,
      fulfilledQuantity: null, // Tryton tells it by the moves of each line, which are not read here
    })),
    netTotal: amount(row.untaxed_amount),
    tax: amount(row.tax_amount),
    total: amount(row.total_amount),
    fulfilment: toFulfilment(row, status),
    customerId: id<'ErpCustomer'>(row.party),
    legalEntityId: id<'LegalEntity'>(row.company),
  };
}

/** Lines that were never moved have no sequence and stand in the order of their making. */
const byPlace = (a: SaleRow['lines.'][number], b: SaleRow['lines.'][number]): number =>
  (a.sequence ?? Number.MAX_SAFE_INTEGER) - (b.sequence ?? Number.MAX_SAFE_INTEGER) || a.id - b.id;

function toOrderStatus(row: SaleRow): SalesOrderStatus {
  if (row.state === 'cancelled' || isTakenBack(row)) return 'CANCELLED';
  if (row.state === 'draft' || row.state === 'quotation') return 'PENDING_APPROVAL';
  if (row.state === 'done') return row.invoice_state === 'paid' ? 'BILLED' : 'CLOSED';
  const moved = shippedShare(row);
  if (moved === 'PARTIAL') return 'PARTIALLY_FULFILLED';
  if (moved === 'NOT_STARTED') return 'PENDING_FULFILMENT';
  return invoicedOn(row) === null ? 'PENDING_BILLING' : 'BILLED';
}

/** Of what is shipped: services have no moves, and an order of services alone is fulfilled when Tryton calls it done. */
function shippedShare(row: SaleRow): FulfilmentStatus {
  if (row.state === 'done') return 'COMPLETE';
  const moves = movesOf(row).filter(({ state }) => state !== 'cancelled');
  const done = moves.filter(({ state }) => state === 'done').length;
  if (done === 0) return 'NOT_STARTED';
  return done < moves.length ? 'PARTIAL' : 'COMPLETE';
}

function toFulfilment(row: SaleRow, status: SalesOrderStatus): SalesOrder['fulfilment'] {
  const share = status === 'CANCELLED' ? 'CANCELLED' : shippedShare(row);
  const shipped = movesOf(row).flatMap(({ effective_date: on }) => (on === null ? [] : [on]));
  return {
    status: share,
    milestones: [
      { name: 'ORDERED', reachedAt: startOf(row.sale_date) },
      { name: 'FULFILLED', reachedAt: share === 'COMPLETE' ? startOf(shipped.sort().at(-1) ?? null) : null },
      { name: 'INVOICED', reachedAt: startOf(invoicedOn(row)) },
    ],
  };
}

/** The day of the last invoice once each is posted. */
function invoicedOn(row: SaleRow): string | null {
  const invoices = row['invoices.'].filter(({ state }) => state !== 'cancelled');
  const days = invoices.map(({ state, invoice_date: on }) => (state === 'posted' || state === 'paid' ? on : null));
  return days.every((on) => on !== null) ? (days.sort().at(-1) ?? null) : null;
}

/** Tryton keeps days, the graph instants: the day's beginning in UTC. */
const startOf = (day: string | null): string | null => (day === null ? null : `${day}T00:00:00.000Z`);

const INVOICE_STATUS = {
  draft: 'PENDING_APPROVAL',
  validated: 'PENDING_APPROVAL',
  posted: 'OPEN',
  paid: 'PAID',
  cancelled: 'VOIDED',
} as const satisfies Record<InvoiceRow['state'], InvoiceStatus>;

/** `today` in the form `YYYY-MM-DD`; as in Tryton's `receivable_today`, what is due today counts as due. */
export function toInvoice(row: InvoiceRow, today: string): Invoice {
  const currency = row['currency.'].code;
  const toPay = row['lines_to_pay.'].filter(({ reconciliation }) => reconciliation === null);
  const due = (toPay.length > 0 ? toPay : row['lines_to_pay.'])
    .flatMap(({ maturity_date: on }) => (on === null ? [] : [on]))
    .sort();
  const status = INVOICE_STATUS[row.state];
  const late = toPay.some(({ maturity_date: on }) => on !== null && on <= today);
  return {
    id: id<'Invoice'>(row.id),
    number: row.number,
    status: status === 'OPEN' && late ? 'OVERDUE' : status,
    issuedOn: row.invoice_date,
    dueOn: (toPay.length > 0 ? due[0] : due.at(-1)) ?? null,
    total: moneyOf(row.total_amount, currency),
    balance: moneyOf(row.amount_to_pay, currency),
    customerId: id<'ErpCustomer'>(row.party),
  };
}

/** The line as it stands at `position`, from 1, among those of its invoice that charge something. */
export function toInvoiceLine(row: InvoiceLineRow, position: number, currency: string): InvoiceLine {
  const code = row['product.']?.code ?? null;
  return {
    position,
    sku: code === null ? null : id<'Sku'>(code),
    description: row.description,
    quantity: row.quantity === null ? null : String(Number(row.quantity.toFixed(6))), // a double there; no unit has more digits
    unitPrice: row.unit_price === null ? null : moneyOf(row.unit_price, currency),
    netAmount: moneyOf(row.amount, currency),
  };
}

/** `subscriptions`: ids of the products that are sold as subscription services. */
export function toProduct(
  row: ProductRow,
  about: { subscriptions: ReadonlySet<number>; currency: string; asOf: string },
): Product {
  const { subscriptions, currency, asOf } = about;
  const stocked = row.type === 'goods';
  return {
    sku: id<'Sku'>(row.code),
    name: row.name,
    kind: row.type !== 'service' ? 'GOODS' : subscriptions.has(row.id) ? 'SUBSCRIPTION' : 'SERVICE',
    active: row.active && row.salable,
    taxClass: row['account_category.']?.name ?? null,
    listPrices: row.list_price === null ? {} : { [currency]: moneyOf(row.list_price, currency) },
    inventory: stocked
      ? { onHand: Math.trunc(row.quantity ?? 0), available: Math.trunc(row.forecast_quantity ?? 0), asOf }
      : null,
  };
}

export const toLegalEntity = (row: CompanyRow): LegalEntity => ({
  id: id<'LegalEntity'>(row.id),
  name: row['party.'].name,
  country: row['party.']['addresses.'].find((address) => address['country.'] !== null)?.['country.']?.code ?? '',
  currency: row['currency.'].code,
});

export const toDirectoryEntry = (row: DirectoryRow): DirectoryEntry => ({
  externalId: String(row.id),
  hubId: row.code,
  name: row.name ?? '',
  email: row['contact_mechanisms.'].find(({ type }) => type === 'email')?.value ?? null,
  parentExternalId: null,
  mergedIntoExternalId: row.replaced_by === null ? null : String(row.replaced_by),
});
