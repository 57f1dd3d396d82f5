import { id } from '../../../../platform/ids.ts';
import { type Money, moneyOf, negate, subtract, sum } from '../../../../platform/money.ts';
import type { CreditNote, InstalledAsset, Return, ReturnStatus, ServiceOrder } from '../../after-sales.ts';
import { toOrders } from './translate.ts';
import type { AssetRow, CreditNoteRow, ReturnRow, ServiceOrderRow } from './wire.ts';

/** From NetSuite's rows to the hub's words about what comes after a sale. */

export const toAsset = (row: AssetRow): InstalledAsset => ({
  serialNumber: id<'SerialNumber'>(row.serial),
  sku: id<'Sku'>(row.sku),
  installedOn: row.installedon,
  warranty:
    row.warrantyfrom === undefined || row.warrantyto === undefined
      ? null
      : { startsOn: row.warrantyfrom, endsOn: row.warrantyto },
  salesOrderId: row.salesorder === undefined ? null : id<'SalesOrder'>(row.salesorder),
  customerId: id<'ErpCustomer'>(row.entity),
});

export function toServiceOrders(rows: readonly ServiceOrderRow[]): ServiceOrder[] {
  const heads = new Map(rows.map((row) => [row.id, row]));
  return toOrders(rows).map((order) => {
    const head = heads.get(order.id) as ServiceOrderRow; // toOrders makes one of each id in the rows
    return {
      id: order.id,
      order,
      caseId: head.caseid,
      assetSerialNumber: head.asset === undefined ? null : id<'SerialNumber'>(head.asset),
      dispatchOn: head.dispatchon ?? null,
      billable: head.billable === 'T',
      customerId: order.customerId,
    };
  });
}

/** Help: "Transaction status codes". E is pending refund while a part is still to come back. */
const RETURN_STATUS = {
  A: 'PENDING_APPROVAL',
  B: 'PENDING_RECEIPT',
  C: 'CANCELLED',
  D: 'PARTIALLY_RECEIVED',
  E: 'PARTIALLY_RECEIVED',
  F: 'PENDING_REFUND',
  G: 'REFUNDED',
  H: 'CLOSED',
} as const satisfies Record<ReturnRow['status'], ReturnStatus>;

/** Returns from their lines, in the order in which they first appear, each with its credit note. */
export function toReturns(rows: readonly ReturnRow[], notes: readonly CreditNoteRow[]): Return[] {
  const noteOf = new Map(notes.map((row) => [row.createdfrom, toCreditNote(row)]));
  return [...Map.groupBy(rows, (row) => row.id).values()].map((lines): Return => {
    const head = lines[0] as ReturnRow; // groupBy makes no empty group
    const amount = (text: string | undefined): Money => magnitude(moneyOf(text ?? '0', head.currency));
    const total = amount(head.total);
    const tax = sum(
      head.currency,
      lines.filter(({ taxline }) => taxline === 'T').map((row) => amount(row.amount)),
    );
    return {
      id: id<'Return'>(head.id),
      number: head.number,
      status: RETURN_STATUS[head.status],
      authorizedOn: head.trandate,
      salesOrderId: id<'SalesOrder'>(head.createdfrom),
      restock: head.restock !== 'F',
      lines: lines
        .filter((row) => row.taxline !== 'T' && row.sku !== undefined)
        .map((row) => ({
          sku: id<'Sku'>(row.sku ?? ''),
          quantity: Math.abs(row.quantity ?? 0),
          unitPrice: amount(row.rate),
          netAmount: amount(row.amount),
          reason: row.reason ?? null,
        })),
      netTotal: subtract(total, tax),
      tax,
      total,
      creditNote: noteOf.get(head.id) ?? null,
      customerId: id<'ErpCustomer'>(head.entity),
    };
  });
}

export const toCreditNote = (row: CreditNoteRow): CreditNote => ({
  id: row.id,
  number: row.number,
  issuedOn: row.trandate,
  total: magnitude(moneyOf(row.total, row.currency)),
});

/** What comes back has the other sign in the ledger, on some columns; the hub tells how much. */
const magnitude = (value: Money): Money => (value.minor < 0n ? negate(value) : value);
