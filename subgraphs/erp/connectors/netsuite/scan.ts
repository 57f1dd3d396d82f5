import { z } from 'zod';
import { id } from '../../../../platform/ids.ts';
import { amountText, moneyOf } from '../../../../platform/money.ts';
import { emptyPage } from '../../../../platform/page.ts';
import { type HeldRecord, heldAddress } from '../../../../platform/port/scan.ts';
import type { ErpCustomerId } from '../../model.ts';
import type { BookedDocument, CustomerBooks, ErpScanPort } from '../../scan-port.ts';
import { creditNoteByKey } from './after-sales-queries.ts';
import { refused } from './failures.ts';
import { unknownCursor } from './read.ts';
import { booksBetween, customerIdsAfter, customersAfter } from './scan-queries.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import { PAGE_ROWS, type SuiteQl } from './suiteql.ts';
import { CreditNoteRow } from './wire.ts';

/** Customers whose books come on one page: about ten documents each. */
const BOOKS_AT_ONCE = 300;
/** Before billing's id of a payment, in the external id of the ERP's. */
const PAYMENT = 'payment:';

const text = z.string().optional();
const IdRow = z.object({ id: z.string().regex(/^\d+$/) });
const HeldRow = IdRow.extend({
  ...{ externalid: text, name: z.string(), inactive: z.enum(['T', 'F']), taxid: text, taxcode: text },
  ...{ addr1: text, addr2: text, city: text, state: text, zip: text, country: text },
});
const BookRow = IdRow.extend({
  type: z.enum(['SalesOrd', 'CustInvc', 'CustCred', 'CustPymt']),
  number: text,
  externalid: text,
  status: z.string().optional(),
  trandate: z.iso.date(),
  total: z.string(),
  currency: z.string().length(3),
  entity: IdRow.shape.id,
  subscription: text,
  createdfrom: IdRow.shape.id.optional(),
  moved: z.enum(['T', 'F']),
});
type BookRow = z.infer<typeof BookRow>;

/**
 * Everything that the account holds, by SuiteQL pages in the order of internal ids (help: section_157909186990), and what
 * puts it right. A payment is `customerPayment` under the external id `payment:<id in billing>` (REST API Browser, 2026.2).
 */
export function createScans(session: Session, suiteql: SuiteQl): ErpScanPort {
  const start = (after: string | null): string => {
    if (after !== null && !isInternalId(after)) throw unknownCursor();
    return after ?? '0';
  };
  return {
    async scanCustomers({ first, after }, call) {
      const limit = Math.min(first, PAGE_ROWS);
      const { rows, hasMore } = await suiteql.page(customersAfter(start(after)), HeldRow, limit, call);
      return { entries: rows.map(toRecord), hasMore, endCursor: rows.at(-1)?.id ?? after };
    },

    async scanBooks({ first, after }, call) {
      const limit = Math.min(first, BOOKS_AT_ONCE);
      const { rows: ids, hasMore } = await suiteql.page(customerIdsAfter(start(after)), IdRow, limit, call);
      const [lowest, highest] = [ids.at(0)?.id, ids.at(-1)?.id];
      if (lowest === undefined || highest === undefined) return emptyPage;
      const rows = await suiteql.rows(booksBetween(lowest, highest), BookRow, call);
      const books = [...Map.groupBy(rows, ({ entity }) => entity)].map(([entity, own]) => toBooks(entity, own));
      return { entries: books, hasMore, endCursor: highest };
    },

    async creditInvoice({ invoiceId }, call) {
      if (!isInternalId(invoiceId)) throw refused('it holds no such invoice', 'invoiceId');
      const [credit] = await suiteql.rows(creditNoteByKey(call.key), CreditNoteRow, call);
      if (credit !== undefined) return;
      const path = `${RECORD}/invoice/${invoiceId}/!transform/creditMemo`;
      await session.send({ method: 'POST', path, body: JSON.stringify({ externalId: call.key }), write: true }, call);
    },

    async postPayment({ customerId, paymentId, amount, paidOn }, call) {
      if (!isInternalId(customerId)) throw refused('it holds no such customer', 'customerId');
      const path = `${RECORD}/customerPayment/eid:${encodeURIComponent(`${PAYMENT}${paymentId}`)}`;
      const body = { customer: { id: customerId }, payment: Number(amountText(amount)), tranDate: paidOn };
      await session.send({ method: 'PUT', path, body: JSON.stringify(body), write: true }, call);
    },
  };
}

const toRecord = (row: z.infer<typeof HeldRow>): HeldRecord => ({
  externalId: row.id,
  hubId: row.externalid ?? null,
  state: row.inactive === 'T' ? 'DELETED' : 'STANDS',
  values: {
    'Customer.legalName': row.name,
    'Customer.taxId': row.taxid ?? null,
    'Customer.taxCode': row.taxcode ?? null,
    'Customer.billingAddress': heldAddress({
      line1: row.addr1 ?? null,
      line2: row.addr2 ?? null,
      city: row.city ?? null,
      region: row.state ?? null,
      postalCode: row.zip ?? null,
      country: row.country ?? null,
    }),
  },
});

/** Help: "Transaction status codes". A closed order (H) was ended by hand: nothing of it is waited for. */
const ORDER_STATE: Readonly<Record<string, BookedDocument['state']>> = {
  C: 'VOID',
  F: 'DELIVERED',
  G: 'INVOICED',
};
const KIND = {
  SalesOrd: 'ORDER',
  CustInvc: 'INVOICE',
  CustCred: 'CREDIT_NOTE',
  CustPymt: 'PAYMENT',
} as const satisfies Record<BookRow['type'], BookedDocument['kind']>;

function toDocument(row: BookRow): BookedDocument {
  const kind = KIND[row.type];
  const amount = moneyOf(row.total.replace(/^-/, '').replace(/^\./, '0.'), row.currency); // credits are below zero in the books
  const voided = row.status === 'V' || (kind === 'INVOICE' && row.status === 'E');
  const payment = kind === 'PAYMENT' && row.externalid?.startsWith(PAYMENT);
  return {
    kind,
    id: row.id,
    number: row.number ?? row.id,
    on: row.trandate,
    amount,
    state: kind === 'ORDER' ? (ORDER_STATE[row.status ?? ''] ?? 'OPEN') : voided ? 'VOID' : 'POSTED',
    from: row.createdfrom ?? null,
    reference: payment ? (row.externalid?.slice(PAYMENT.length) ?? null) : (row.subscription ?? null),
  };
}

function toBooks(entity: string, rows: readonly BookRow[]): CustomerBooks {
  const taken = rows.some(
    ({ type, status, moved }) =>
      type === 'SalesOrd' && status !== 'A' && status !== 'C' && (status !== 'H' || moved === 'T'),
  );
  return {
    customerId: id(entity) as ErpCustomerId, // `entity` of a sale is a customer
    documents: rows.map(toDocument),
    reached: taken ? ['ORDER_ACCEPTED'] : [],
  };
}
