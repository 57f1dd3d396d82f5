import type { Books } from './books.ts';

const RECORD = '/services/rest/record/v1';

const STATUS_NAME: Readonly<Record<string, string>> = {
  A: 'Pending Approval',
  B: 'Pending Fulfillment',
  C: 'Cancelled',
  D: 'Partially Fulfilled',
  E: 'Pending Billing/Partially Fulfilled',
  F: 'Pending Billing',
  G: 'Billed',
  H: 'Closed',
};

/** `GET /record/v1/salesOrder/{id}`: numbers are numbers here, unlike in SuiteQL. `expand` writes the lines out. */
export function salesOrderRecord(books: Books, id: number, origin: string, expand: boolean): object | null {
  const order = books.one(`SELECT * FROM "transaction" WHERE id = ? AND type = 'SalesOrd'`, id);
  if (!order) return null;
  const link = (path: string, rel = 'self') => [{ rel, href: `${origin}${RECORD}${path}` }];
  const reference = (path: string, key: unknown, refName: unknown) => ({
    links: link(`/${path}/${key}`),
    id: String(key),
    refName: String(refName),
  });
  const lines = books.all(
    `SELECT tl.*, i.itemid FROM transactionline tl LEFT JOIN item i ON i.id = tl.item
      WHERE tl."transaction" = ? AND tl.mainline = 'F' ORDER BY tl.linesequencenumber`,
    id,
  );
  const tax = lines.filter(({ taxline }) => taxline === 'T').reduce((sum, line) => sum - Number(line.foreignamount), 0);
  const sold = lines.filter(({ taxline }) => taxline === 'F');
  const customer = books.one('SELECT companyname FROM _customer WHERE id = ?', Number(order.entity));
  const currency = books.one('SELECT symbol FROM currency WHERE id = ?', Number(order.currency));
  const total = Number(order.foreigntotal);
  return withoutNulls({
    links: link(`/salesOrder/${id}`),
    id: String(id),
    tranId: order.tranid,
    externalId: order.externalid,
    tranDate: order.trandate,
    entity: reference('customer', order.entity, customer?.companyname),
    subsidiary: reference('subsidiary', lines[0]?.subsidiary, lines[0]?.subsidiary),
    currency: reference('currency', order.currency, currency?.symbol),
    terms: order.terms === null ? null : reference('term', order.terms, order.terms),
    orderStatus: { id: order.status, refName: STATUS_NAME[String(order.status)] },
    status: { id: STATUS_NAME[String(order.status)], refName: STATUS_NAME[String(order.status)] },
    otherRefNum: order.otherrefnum,
    memo: order.memo,
    custbody_concord_subscription: order.custbody_concord_subscription,
    custbody_concord_contract: order.custbody_concord_contract,
    custbody_concord_effective: order.custbody_concord_effective,
    custbody_concord_prior_terms: order.custbody_concord_prior_terms,
    subtotal: Math.round((total - tax) * 1_000) / 1_000,
    taxTotal: tax,
    total,
    lastModifiedDate: `${order.lastmodifieddate}Z`,
    item: expand
      ? {
          links: link(`/salesOrder/${id}/item`),
          items: sold.map((line) => ({
            line: line.linesequencenumber,
            item: reference('inventoryItem', line.item, line.itemid),
            quantity: -Number(line.quantity),
            rate: line.rate,
            amount: -Number(line.foreignamount),
            isClosed: line.isclosed === 'T',
            quantityFulfilled: line.quantityshiprecv,
            quantityBilled: line.quantitybilled,
            quantityCommitted: line.quantitycommitted,
          })),
          totalResults: sold.length,
        }
      : { links: link(`/salesOrder/${id}/item`) },
  });
}

const withoutNulls = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
